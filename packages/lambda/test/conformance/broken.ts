import type {
  ExecutionEnvironment,
  Invocation,
  InvocationResult,
  LambdaBackend,
  LaunchRequest,
} from "../../src/backend/index.ts";
import type { Mistake } from "./mistake.ts";

/** The same, but for these members. */
export function changed<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get: (_, key) => {
      const value: unknown = Object.hasOwn(members, key) ? Reflect.get(members, key) : Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

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
