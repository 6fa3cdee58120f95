import type { FunctionSpec, LaunchRequest } from "../../../src/backend/index.ts";
import { brokenInvocation, brokenRequest } from "../broken.ts";
import type { Mistake, MistakeRow } from "../mistake.ts";

function brokenSpec(breakIt: (spec: FunctionSpec) => Partial<FunctionSpec>): Mistake {
  return brokenRequest((request) => ({ ...request, spec: { ...request.spec, ...breakIt(request.spec) } }));
}

export const contextMistakes: readonly MistakeRow[] = [
  [
    "forgets the qualifier",
    brokenInvocation((invocation) => ({
      ...invocation,
      invokedFunctionArn: invocation.invokedFunctionArn.split(":").slice(0, 7).join(":"),
    })),
    ["context: every event has its own"],
  ],
  [
    "takes every function for one",
    brokenSpec(() => ({ functionName: "probe", version: "$LATEST" })),
    ["context: the function knows its name", "configuration: the variables that Lambda reserves"],
  ],
  [
    "initialises every environment on demand",
    brokenRequest(({ initializationType: _, ...request }) => request),
    ["context: the function knows whether its environment"],
  ],
  [
    "gives every event an hour",
    brokenInvocation((invocation) => ({ ...invocation, deadlineMs: Date.now() + 3_600_000 })),
    ["context: the remaining time", "errors: a function beyond its deadline"],
  ],
  [
    "drops what comes with an event",
    brokenInvocation(({ clientContext: _, traceId: __, ...invocation }) => invocation),
    ["context: the client context", "context: the trace id"],
  ],
  [
    "keeps what came with the first event",
    {
      around: (backend) => {
        let first: object | undefined;
        const remember = brokenInvocation(({ clientContext, traceId, ...invocation }) => {
          first ??= {
            ...(clientContext !== undefined && { clientContext }),
            ...(traceId !== undefined && { traceId }),
          };
          return { ...invocation, ...first };
        });
        return remember.around?.(backend) ?? backend;
      },
    },
    ["context: the client context", "context: the trace id"],
  ],
  [
    "expands variables as a shell does",
    brokenSpec(({ environment }) => ({
      environment: Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, value.replaceAll(/\$\(?\w+\)?/g, "expanded")]),
      ),
    })),
    ["configuration: environment variables come"],
  ],
  [
    "drops the function's own variables",
    brokenSpec(() => ({ environment: {} })),
    [
      "configuration: environment variables come",
      "configuration: versions of a function",
      "languages: a Python function has its event",
    ],
  ],
  [
    "lets a function say in which region it is",
    brokenSpec(({ environment, region }) => ({ region: environment["AWS_REGION"] ?? region })),
    ["configuration: the variables that Lambda reserves"],
  ],
  [
    "hands its own variables to functions",
    brokenSpec(({ environment }) => ({ environment: { ...(process.env as Record<string, string>), ...environment } })),
    ["configuration: the variables of the backend's own process"],
  ],
  [
    "runs the first code for every version",
    {
      around: (backend) => {
        let first: LaunchRequest["code"] | undefined;
        const firstCode = brokenRequest((request) => {
          first ??= request.code;
          return { ...request, code: first };
        });
        return firstCode.around?.(backend) ?? backend;
      },
    },
    ["configuration: versions of a function"],
  ],
];
