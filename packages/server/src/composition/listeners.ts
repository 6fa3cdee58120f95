import type { Clock, Deferred, Logger } from "@fc/core";
import type { Lambda } from "@fc/lambda";
import type { RuntimeApi } from "@fc/lambda/runtime-api";
import { type EndpointOptions, endpoint } from "../http/endpoint.ts";
import { guarded } from "../http/guarded.ts";
import type { Handle } from "../http/handle.ts";
import { type Listener, listen } from "../http/listener.ts";
import { type TlsPair, tlsReader } from "../http/read-tls.ts";
import { handlerFromStart } from "../http/starting-routes.ts";
import { TlsRenewal } from "../http/tls-renewal.ts";
import type { ServerSettings } from "../settings.ts";
import type { Disposal } from "./disposal.ts";

/** What the listeners answer, once the server is composed; requests wait until then. */
export interface ListenerRoutes {
  readonly aws: Deferred<Handle>;
  readonly pods: Deferred<Handle>;
  readonly admin: Deferred<Handle>;
  readonly urls: Deferred<Lambda["urls"]>;
}

export interface Listeners {
  /** Undefined when the server was made not to listen. */
  readonly aws: Listener | undefined;
  /** Undefined when `/_fakecloud/*` is where AWS is. */
  readonly admin: Listener | undefined;
  /** Opens the one for Pods and gives its port; called only when Pods cannot use the AWS endpoint's. */
  readonly openInternal: () => Promise<number>;
}

/**
 * Listening comes first, so that the port is known to what is composed. TLS is for those who come from outside: what Pods dial is a listener of
 * its own then.
 */
export async function openListeners(
  options: {
    readonly settings: ServerSettings;
    readonly routes: ListenerRoutes;
    readonly runtimeApi: RuntimeApi;
    readonly listens: boolean;
    readonly clock: Clock;
    readonly logger: Logger;
  },
  disposal: Disposal,
): Promise<Listeners> {
  const { settings, routes, runtimeApi, clock, logger } = options;
  const { adminAddr } = settings;
  const readTls = tlsReader(settings);
  const tls = await readTls?.();
  const open = async (
    address: ServerSettings["addr"],
    pair: TlsPair | undefined,
    served: Omit<EndpointOptions, "runtimeApi">,
  ): Promise<Listener> => disposal.use(await listen({ ...address, tls: pair, ...endpoint({ runtimeApi, ...served }) }));
  const waiting = (route: Deferred<Handle>): EndpointOptions["handle"] =>
    guarded(handlerFromStart(route.promise), logger);
  const aws = options.listens
    ? await open(settings.addr, tls, { handle: waiting(routes.aws), urls: routes.urls.promise })
    : undefined;
  const admin = adminAddr === undefined ? undefined : await open(adminAddr, tls, { handle: waiting(routes.admin) });
  if (tls !== undefined && readTls !== undefined) {
    const use = (renewed: TlsPair): void => {
      for (const listener of [aws, admin]) listener?.renew(renewed);
    };
    disposal.use(new TlsRenewal({ pair: tls, read: readTls, use, clock, logger }));
  }
  return {
    aws,
    admin,
    openInternal: async () => {
      const address = settings.internalAddr ?? { host: "127.0.0.1", port: 0 };
      const forPods: Handle = async (request) => await (await routes.pods.promise)(request);
      return (await open(address, undefined, { handle: guarded(forPods, logger) })).port;
    },
  };
}
