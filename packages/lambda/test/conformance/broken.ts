import { changed } from "@fc/core/conformance";
import type {
  ExecutionEnvironment,
  Invocation,
  InvocationResult,
  LambdaBackend,
  LaunchRequest,
} from "../../src/backend/index.ts";
import type { Mistake } from "./mistake.ts";

export function brokenBackend(breakIt: (backend: LambdaBackend) => Partial<LambdaBackend>): Mistake {
  return { around: (backend) => changed(backend, breakIt(backend)) };
}

export function brokenRequest(breakIt: (request: LaunchRequest) => LaunchRequest): Mistake {
  return brokenBackend((backend) => ({ launch: (request, options) => backend.launch(breakIt(request), options) }));
}

export function brokenEnvironment(
  breakIt: (
    environment: ExecutionEnvironment,
    launchAnother: () => Promise<ExecutionEnvironment>,
  ) => Partial<ExecutionEnvironment>,
): Mistake {
  return brokenBackend((backend) => ({
    launch: async (request, options) => {
      const launch = (): Promise<ExecutionEnvironment> => backend.launch(request, options);
      const environment = await launch();
      return changed(environment, breakIt(environment, launch));
    },
  }));
}

export function brokenInvocation(breakIt: (invocation: Invocation) => Invocation): Mistake {
  return brokenEnvironment((environment) => ({ invoke: (invocation) => environment.invoke(breakIt(invocation)) }));
}

export function brokenResult(
  breakIt: (
    result: InvocationResult,
    environment: ExecutionEnvironment,
    invocation: Invocation,
  ) => InvocationResult | Promise<InvocationResult>,
): Mistake {
  return brokenEnvironment((environment) => ({
    invoke: async (invocation) => breakIt(await environment.invoke(invocation), environment, invocation),
  }));
}
