import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { type Clock, errorText, FcError, type Logger } from "@fc/core";
import { createCertificateAuthority } from "@fc/core/certificates";
import type { NodeAgent } from "../node/node-agent.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { Authenticator } from "./access/authenticator.ts";
import type { ApiInterceptor } from "./http/api-interceptor.ts";
import type { ApiContext } from "./http/api-request.ts";
import { handleRequest } from "./http/handle-request.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { TypeTable } from "./schema/kubernetes-types.ts";
import { UpgradeHandler } from "./streams/upgrade-handler.ts";
import { JsonTexts } from "./table/json-texts.ts";

export interface ApiServerOptions {
  readonly store: ObjectStore;
  readonly agent: NodeAgent;
  readonly dataDirectory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** 0: any free port. */
  readonly port: number;
  /** A free ClusterIP. */
  readonly nextServiceAddress: () => string;
  readonly interceptor?: ApiInterceptor;
}

/** The running API. Disposing it ends every watch and stream. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly kubeconfigPath: string;
  /** The certificate authority that it serves with; PEM. */
  readonly authority: string;
  /** A client certificate of an administrator, instead of the kubeconfig's token; PEM. */
  readonly client: { readonly certificate: string; readonly key: string };
  /** Breaks every connection and listens no more, until `listen`. Nothing when it is stopped. */
  stop(): Promise<void>;
  /** Listens again on the same port, with the same certificates and token. Nothing when it listens. @throws FcError FC_CLUSTER_LISTEN */
  listen(): Promise<void>;
}

const servedNames = ["localhost", "127.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];

/** Serves the Kubernetes API on 127.0.0.1 over HTTPS. @throws FcError FC_CLUSTER_LISTEN */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, agent, logger, clock, nextServiceAddress, interceptor } = options;
  const authority = createCertificateAuthority({ commonName: "fc-local-cluster-ca", nowMs: clock.now() });
  const served = authority.issue({ commonName: "kubernetes", usage: "server", names: servedNames });
  const authenticator = new Authenticator(store, clock);
  const { token } = authenticator;
  const closing = new AbortController();
  const context: ApiContext = {
    ...{ store, agent, logger, clock, nextServiceAddress, newSuffix, authenticator },
    ...{ types: new TypeTable(), texts: new JsonTexts(), closing: closing.signal },
  };
  const server = createServer(
    {
      ...{ cert: served.certificate, key: served.key, ca: authority.certificate },
      ...{ requestCert: true, rejectUnauthorized: false },
      // Watches and uploads to Pods last as long as they last.
      requestTimeout: 0,
    },
    (request, response) => {
      const delayed = interceptor?.before(request, response);
      if (delayed === undefined) void handleRequest(context, request, response);
      else void delayed.then(() => handleRequest(context, request, response));
    },
  );
  const upgrades = new UpgradeHandler(context);
  server.on("upgrade", (request, socket, head) =>
    upgrades.handle(request, interceptor?.upgraded(request, socket) ?? socket, head),
  );
  const sockets = trackSockets(server);
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const kubeconfigPath = join(options.dataDirectory, "kubeconfig");
  const client = authority.issue({ commonName: "local-admin", organisation: "system:masters", usage: "client" });
  await writeKubeconfig(kubeconfigPath, { url, authority: authority.certificate, token, client });
  return {
    ...{ url, kubeconfigPath, authority: authority.certificate, client },
    stop: () => stop(server, sockets),
    listen: async () => {
      if (!server.listening) await listen(server, port);
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new FcError("FC_CLUSTER_CLOSED", "the local cluster is closing"));
      await stop(server, sockets);
    },
  };
}

async function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  for (const socket of sockets) socket.destroy();
  await closed;
}

async function listen(server: Server, port: number): Promise<void> {
  const listening = once(server, "listening");
  server.listen(port, "127.0.0.1");
  try {
    await listening;
  } catch (error) {
    const message = `the local cluster cannot listen on 127.0.0.1:${port} (${errorText(error)}): free the port or use 0 for any`;
    throw new FcError("FC_CLUSTER_LISTEN", message, { fault: "user", cause: error });
  }
}

// Upgraded sockets leave the HTTP server's own bookkeeping, so closing has to know them itself.
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

// The letters and digits that Kubernetes uses, chosen so that no words come out.
function newSuffix(): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
