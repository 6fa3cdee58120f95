// A backend for @fc/lambda: every environment is a Node.js process of this machine. It has no walls: only for functions that you trust.
import { tmpdir } from "node:os";
import { BackendError, type LambdaBackend } from "@fc/lambda/backend";
import { RuntimeApi } from "@fc/lambda/runtime-api";
import { runProcess } from "./run-process.ts";

export { conformance } from "./conformance.ts";

export interface ProcessBackendContext {
  /** What functions get as `AWS_ENDPOINT_URL`. */
  readonly awsEndpointUrl: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What `fc-server --lambda-backend` calls. Environments have their folders in `PROCESS_BACKEND_FOLDER`. */
export function createLambdaBackend({ awsEndpointUrl, environment }: ProcessBackendContext): LambdaBackend {
  const { PATH = "", PROCESS_BACKEND_FOLDER: parent = tmpdir() } = environment;
  const runtimeApi = new RuntimeApi();
  const running = new Set<Promise<void>>();
  return {
    specificationVersion: "v1",
    name: "process",
    launch: async (request, { signal }) => {
      const { runtime } = request.spec;
      if (!runtime.startsWith("nodejs"))
        throw new BackendError("FC_LAMBDA_RUNTIME_UNSUPPORTED", `There is no ${runtime} here, only Node.js`);
      signal.throwIfAborted();
      // Nothing here starts the extensions of layers, so nothing shall wait for them.
      const options = { ...request, awsEndpointUrl, extensions: [] };
      const session = runtimeApi.open(options);
      const abort = (): void => session.close();
      signal.addEventListener("abort", abort);
      let pid: number | undefined;
      const gone = runProcess(session, options, { runtimeApi, parent, PATH, started: (child) => ({ pid } = child) });
      const forget = (): void => void running.delete(gone);
      running.add(gone);
      gone.then(forget, forget);
      const terminate = async (): Promise<void> => {
        session.close();
        await gone;
      };
      try {
        const { initDurationMs } = await session.ready;
        signal.throwIfAborted();
        return {
          id: session.id,
          handle: { kind: "process", id: String(pid) },
          initDurationMs,
          invoke: (invocation) => session.invoke(invocation),
          logs: () => Promise.resolve(session.log()),
          terminate,
          ended: session.ended,
        };
      } catch (error) {
        await terminate();
        throw signal.aborted ? signal.reason : error;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    // Processes end with the server: their channel to it closes.
    reapStale: () => Promise.resolve(0),
    health: () => Promise.resolve({ ready: true, detail: `${running.size} processes on this machine` }),
    [Symbol.asyncDispose]: async () => {
      await runtimeApi[Symbol.asyncDispose]();
      await Promise.all(running);
    },
  };
}
