import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { listenerOptions, RuntimeApi, type RuntimeApiOptions } from "@fc/lambda/runtime-api";

export interface RuntimeListener extends AsyncDisposable {
  readonly runtimeApi: RuntimeApi;
  readonly port: number;
}

/** The Runtime API behind a listener of its own. */
export async function startRuntimeListener(host: string, options: RuntimeApiOptions = {}): Promise<RuntimeListener> {
  const runtimeApi = new RuntimeApi(options);
  const server = createServer(listenerOptions, (request, response) => runtimeApi.handle(request, response));
  server.on("upgrade", (request, socket, head) => runtimeApi.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    runtimeApi,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      await runtimeApi[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
