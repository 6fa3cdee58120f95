import { createNodeHandler } from "@fc/aws";
import type { FunctionUrls } from "@fc/lambda";
import type { RuntimeApi } from "@fc/lambda/runtime-api";
import type { ListenerOptions } from "./listener.ts";

export interface EndpointOptions {
  readonly runtimeApi: RuntimeApi;
  /** Everything that is not the Runtime API's. */
  readonly handle: Parameters<typeof createNodeHandler>[0];
  /** Function URLs come first, once they are there: a function owns all of its paths. Absent: none are served here. */
  readonly urls?: Promise<Pick<FunctionUrls, "accepts">> | undefined;
}

/** The handlers of a listener. The Runtime API, which holds connections for hours, is served on the sockets themselves. */
export function endpoint(options: EndpointOptions): Required<Pick<ListenerOptions, "handle" | "upgrade">> {
  const { runtimeApi, urls } = options;
  const node = createNodeHandler(options.handle);
  return {
    handle: async (request, response) => {
      const { url: target = "/", headers } = request;
      const isRuntimes =
        runtimeApi.accepts(request) &&
        (await urls)?.accepts({ target, headers: { host: headers.host ?? "" } }) !== true;
      if (isRuntimes) runtimeApi.handle(request, response);
      else await node(request, response);
    },
    upgrade: (request, socket, head) => {
      if (runtimeApi.accepts(request)) runtimeApi.handleUpgrade(request, socket, head);
      else socket.destroy();
    },
  };
}
