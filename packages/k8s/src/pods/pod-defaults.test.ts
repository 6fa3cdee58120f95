import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { podDefaults } from "./pod-defaults.ts";

const bare: V1Pod = {
  metadata: { name: "p" },
  spec: { initContainers: [{ name: "before" }], containers: [{ name: "main", image: "i" }] },
};
const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

test("fills in what Pod Security restricted asks for, in every container", () => {
  expect(podDefaults(bare)).toEqual({
    metadata: { name: "p" },
    spec: {
      restartPolicy: "Never",
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 2,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      initContainers: [{ name: "before", securityContext: restricted }],
      containers: [{ name: "main", image: "i", securityContext: restricted }],
    },
  });
});

test("sets users, deadlines and resources as they are given", () => {
  const defaults = {
    runAsUser: 993,
    fsGroup: 990,
    memoryMib: 128,
    cpuMillis: 7,
    activeDeadlineSeconds: 60,
    terminationGracePeriodSeconds: 5,
    nodeLossSeconds: 30,
  };
  const lost = { operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 };
  expect(podDefaults(bare, defaults).spec).toMatchObject({
    tolerations: [
      { key: "node.kubernetes.io/not-ready", ...lost },
      { key: "node.kubernetes.io/unreachable", ...lost },
    ],
    activeDeadlineSeconds: 60,
    terminationGracePeriodSeconds: 5,
    securityContext: { runAsUser: 993, runAsGroup: 993, fsGroup: 990 },
    containers: [{ resources: { requests: { cpu: "7m", memory: "128Mi" }, limits: { memory: "128Mi" } } }],
  });
});

test("leaves what the Pod says, and the Pod that it was given", () => {
  const said: V1Pod = {
    spec: {
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      securityContext: { runAsUser: 5, fsGroup: 6 },
      containers: [
        {
          name: "main",
          resources: { limits: { memory: "1Gi" } },
          securityContext: { readOnlyRootFilesystem: false },
        },
      ],
    },
  };
  const before = structuredClone(said);
  expect(podDefaults(said, { runAsUser: 1, memoryMib: 1 }).spec).toMatchObject({
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsUser: 5, runAsNonRoot: true, fsGroup: 6 },
    containers: [
      { resources: { limits: { memory: "1Gi" } }, securityContext: { ...restricted, readOnlyRootFilesystem: false } },
    ],
  });
  expect(said).toEqual(before);
});

test("applied twice changes nothing more", () => {
  const once = podDefaults(bare, { runAsUser: 1, memoryMib: 64 });
  expect(podDefaults(once, { runAsUser: 1, memoryMib: 64 })).toEqual(once);
});
