import { changed } from "@fc/core/conformance";
import { BackendError, type LaunchRequest } from "../../src/backend/index.ts";
import type { ConformanceTarget } from "../../src/conformance/index.ts";
import { type MemoryBackend, type MemoryContext, memoryBackend } from "../../src/testing/index.ts";
import type { Mistake } from "./mistake.ts";
import { initialise, readCode, type VirtualFiles } from "./virtual-code.ts";
import { type ProbeState, virtualProbe } from "./virtual-probe.ts";
import { beginAgain, logOf, newState, resetState } from "./virtual-reset.ts";

/** The memory backend, whose functions are the probe in memory. */
export function memoryTarget({ around = (backend) => backend, ...mistake }: Mistake = {}): ConformanceTarget {
  let opened: OpenedMemory | undefined;
  return {
    open: () => {
      opened = openMemory(mistake);
      return around(opened.backend);
    },
    abilities: {
      leftovers: () => Promise.resolve(opened?.leftovers() ?? []),
      lose: ({ id }) => {
        opened?.backend.environments.find((environment) => environment.id === id)?.lose();
        return Promise.resolve();
      },
      ownFiles: true,
      memoryLimit: true,
      signals: true,
      reinit: true,
      extensions: true,
      execWrapper: true,
      telemetry: true,
      streaming: true,
      memoryUse: true,
      logLines: true,
      python: "python3.13",
      customRuntime: "provided.al2023",
    },
  };
}

interface OpenedMemory {
  readonly backend: MemoryBackend;
  leftovers(): readonly string[];
}

function openMemory({ sharedState = false, reset }: Mistake): OpenedMemory {
  const starting = new Set<LaunchRequest>();
  const codes = new Map<LaunchRequest, VirtualFiles>();
  const states = new Map<string, ProbeState>();
  /** Init phases that failed and will be repeated. */
  const failures = new Map<LaunchRequest, BackendError>();
  const refuseUnsupported = ({ spec }: Pick<LaunchRequest, "spec">): void => {
    if (!/^(nodejs|python|provided)/.test(spec.runtime))
      throw new BackendError("FC_LAMBDA_RUNTIME_UNSUPPORTED", `There is no ${spec.runtime} in memory`);
  };
  const stateOf = (id: string): ProbeState => {
    const environment = backend.environments.find((one) => one.id === id);
    const key = sharedState ? "all" : id;
    const known = states.get(key);
    if (known !== undefined) return known;
    const request = environment?.request as LaunchRequest;
    const state = newState(codes.get(request) ?? new Map(), states.size + 1, () => environment?.lose());
    const failure = failures.get(request);
    if (failure !== undefined) state.begin = beginAgain(state, request, logOf(failure, "init"));
    states.set(key, state);
    return state;
  };
  const run = (event: unknown, context: MemoryContext): unknown =>
    virtualProbe(event, context, stateOf(context.environmentId));
  const backend = memoryBackend({
    handlers: { probe: run, other: run },
    onReset: ({ id, request }) => resetState(stateOf(id), request, reset),
    onPrepare: async (request) => refuseUnsupported(request),
    onLaunch: async (request, signal) => {
      starting.add(request);
      try {
        refuseUnsupported(request);
        const files = await readCode(request);
        codes.set(request, files);
        if (!signal.aborted)
          await initialise(request, files, signal).catch((error: BackendError) => {
            if (request.retryInit !== true || error.code !== "FC_LAMBDA_INIT_FAILED") throw error;
            failures.set(request, error);
          });
      } finally {
        starting.delete(request);
      }
      return undefined;
    },
  });
  const measured = changed(backend, {
    launch: async (request, options) => {
      const environment = await backend.launch(request, options);
      return changed(environment, {
        ...(failures.has(request) ? { initDurationMs: undefined } : {}),
        invoke: async (invocation) => {
          const result = await environment.invoke(invocation);
          return { ...result, maxMemoryUsedMb: stateOf(environment.id).mostMemoryMb };
        },
      });
    },
  });
  return {
    backend: measured,
    leftovers: () => [
      ...backend.environments.filter(({ over }) => !over).map(({ id }) => id),
      ...[...starting].map(({ spec }) => `${spec.functionName} is starting`),
    ],
  };
}
