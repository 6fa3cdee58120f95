import { BackendError, type LaunchRequest } from "../../src/backend/index.ts";
import type { ConformanceTarget } from "../../src/conformance/index.ts";
import { type MemoryBackend, type MemoryContext, memoryBackend } from "../../src/testing/index.ts";
import { changed } from "./broken.ts";
import type { Mistake } from "./mistake.ts";
import { initialise, readCode, type VirtualFiles } from "./virtual-code.ts";
import { type ProbeState, virtualProbe } from "./virtual-probe.ts";

/** The memory backend, whose functions are the probe in memory. */
export function memoryTarget({ around = (backend) => backend, sharedState = false }: Mistake = {}): ConformanceTarget {
  let opened: OpenedMemory | undefined;
  return {
    open: () => {
      opened = openMemory(sharedState);
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

function openMemory(sharedState: boolean): OpenedMemory {
  const starting = new Set<LaunchRequest>();
  const codes = new Map<LaunchRequest, VirtualFiles>();
  const states = new Map<string, ProbeState>();
  const refuseUnsupported = ({ spec }: Pick<LaunchRequest, "spec">): void => {
    if (!/^(nodejs|python|provided)/.test(spec.runtime))
      throw new BackendError("FC_LAMBDA_RUNTIME_UNSUPPORTED", `There is no ${spec.runtime} in memory`);
  };
  const stateOf = (id: string): ProbeState => {
    const environment = backend.environments.find((one) => one.id === id);
    const key = sharedState ? "all" : id;
    const state = states.get(key) ?? {
      files: codes.get(environment?.request as LaunchRequest) ?? new Map(),
      pid: states.size + 1,
      tmp: new Map(),
      lose: () => environment?.lose(),
      mostMemoryMb: 0,
      count: 0,
      running: 0,
      most: 0,
    };
    states.set(key, state);
    return state;
  };
  const run = (event: unknown, context: MemoryContext): unknown =>
    virtualProbe(event, context, stateOf(context.environmentId));
  const backend = memoryBackend({
    handlers: { probe: run, other: run },
    onPrepare: async (request) => refuseUnsupported(request),
    onLaunch: async (request, signal) => {
      starting.add(request);
      try {
        refuseUnsupported(request);
        const files = await readCode(request);
        codes.set(request, files);
        if (!signal.aborted) await initialise(request, files, signal);
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
