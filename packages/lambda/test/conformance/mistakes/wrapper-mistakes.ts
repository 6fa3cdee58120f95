import { brokenRequest } from "../broken.ts";
import type { MistakeRow } from "../mistake.ts";

export const wrapperMistakes: readonly MistakeRow[] = [
  [
    "starts runtimes without their wrappers",
    brokenRequest((request) => {
      const { AWS_LAMBDA_EXEC_WRAPPER: _, ...environment } = request.spec.environment;
      return { ...request, spec: { ...request.spec, environment } };
    }),
    [
      "wrappers: a wrapper of a layer",
      "wrappers: a wrapper of the code",
      "wrappers: a wrapper that does not exist",
      "wrappers: a wrapper that may not be executed",
    ],
  ],
  [
    "starts every program through the wrapper",
    brokenRequest((request) => {
      const { spec } = request;
      if (spec.environment["AWS_LAMBDA_EXEC_WRAPPER"] === undefined) return request;
      return { ...request, spec: { ...spec, environment: { ...spec.environment, GREETING: "wrapped" } } };
    }),
    ["wrappers: an OS-only runtime"],
  ],
];
