import { faults } from "@fc/k8s/testing";
import { answerWithoutDeed } from "./answer-without-deed.ts";
import type { MistakeRow } from "./mistake.ts";

export const accessMistakes: readonly MistakeRow[] = [
  [
    "refuses Pods to who may do everything",
    { api: (proxy) => void proxy.inject(faults.status(403), { verb: "create", resource: "pods" }) },
    /deep-equal/,
    ["access: who may do everything"],
  ],
  [
    "has every namespace that it is asked for",
    {
      api: (proxy) =>
        void proxy.inject(answerWithoutDeed({ kind: "Namespace", status: { phase: "Active" } }), {
          verb: "get",
          resource: "namespaces",
        }),
    },
    /namespace fc-check-\w+-not exists/,
    ["access: a namespace that does not exist"],
  ],
  [
    "does not say why it refuses a Pod",
    { api: (proxy) => void proxy.inject(faults.status(403), { verb: "create", resource: "pods" }) },
    /did not match the regular expression \/violates/,
    ["access: a Pod that would be refused"],
  ],
];
