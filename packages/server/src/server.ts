import { createGateway, createNodeHandler } from "@fc/aws";
import { type Clock, deferred, errorText, type Logger, silentLogger, systemClock } from "@fc/core";
import type { ElastiCache } from "@fc/elasticache";
import type { Lambda } from "@fc/lambda";
import { RuntimeApi } from "@fc/lambda/runtime-api";
import { type Backends, openBackends } from "./composition/backends.ts";
import { Disposal } from "./composition/disposal.ts";
import { createRunDirectory } from "./composition/run-directory.ts";
import { createServices, signaturesOf } from "./composition/services.ts";
import { createAdminRoutes, pathOf } from "./http/admin-routes.ts";
import { guarded } from "./http/guarded.ts";
import type { Handle } from "./http/handle.ts";
import { internalRoutes } from "./http/internal-routes.ts";
import { type Listener, listen } from "./http/listener.ts";
import { handlerFromStart } from "./http/starting-routes.ts";
import { createServerMetrics } from "./metrics/server-metrics.ts";
import { readAllSettings } from "./read-all-settings.ts";
import { memoryStorage, persistentStorage } from "./storage/open-storage.ts";
import { version } from "./version.ts";

export interface ServerOptions {
  /** `FAKECLOUD_*` settings of the server and of all it composes. Default: none, that is, all defaults. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Settings by their flag names; they win over the environment. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** A running server. Disposing it ends every function and cache, and waits until they are gone. */
export interface Server extends AsyncDisposable {
  /** `http://host:port` of the AWS endpoint. */
  readonly url: string;
  readonly port: number;
  /** Kubeconfig and isolation of the embedded cluster, when one runs. */
  readonly localCluster: Backends["localCluster"];
  readonly lambda: Lambda;
  readonly elasticache: ElastiCache;
}

/**
 * Composes and starts the server. Several can run in one process.
 * @throws SettingsError `FC_CONFIG_INVALID` with every problem; `FC_SERVER_ADDRESS_UNAVAILABLE`; what the clusters throw when they cannot be reached.
 */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const { environment = {}, flags = {}, logger = silentLogger, clock = systemClock } = options;
  const all = readAllSettings({ environment, flags });
  const { server: settings } = all;
  const disposal = new Disposal();
  try {
    const directory = disposal.use(await createRunDirectory());
    const { dataPath } = settings;
    const { records, blobs, snapshots, installationId } = disposal.use(
      dataPath === undefined ? memoryStorage(directory.path) : await persistentStorage(dataPath),
    );
    const metrics = createServerMetrics();
    const runtimeApi = disposal.use(new RuntimeApi({ clock, logger }));
    // Bound first, so that the port is known to what is composed; requests wait until it is.
    const composed = deferred<Handle>();
    const handler = handlerFromStart(composed.promise);
    const listener = disposal.use(
      await listen({ ...settings.addr, ...guarded(handler, logger), ...upgrades(runtimeApi) }),
    );
    const internal = internalRoutes(runtimeApi);
    const openInternalListener = async (): Promise<number> => {
      const address = settings.internalAddr ?? { host: "127.0.0.1", port: 0 };
      const opened = disposal.use(
        await listen({ ...address, ...guarded(async () => internal.handle, logger), ...upgrades(runtimeApi) }),
      );
      return opened.port;
    };
    const backends = await openBackends(
      {
        settings,
        environment,
        directory: directory.path,
        installationId,
        all,
        observer: metrics.kubernetes,
        logger,
        clock,
        blobs,
        snapshots,
        runtimeApi,
        port: listener.port,
        openInternalListener,
      },
      disposal,
    );
    const storage = { records, blobs, snapshots };
    const { lambda, elasticache } = createServices({ all, backends, storage, metrics, clock, logger }, disposal);
    metrics.measure({ lambda, elasticache });
    const admin = createAdminRoutes({
      lambda,
      elasticache,
      records,
      metrics,
      podReach: backends.podReach,
      version,
      adminToken: settings.adminToken,
      stagedRdb: backends.stagedRdb,
    });
    internal.open(admin.handle);
    const gateway = createGateway({
      services: [lambda.service, elasticache.service],
      defaultAccount: settings.accountId,
      defaultRegion: settings.region,
      ...signaturesOf(settings),
      logger,
      clock,
      onAnswer: metrics.onAnswer,
    });
    const aws = createNodeHandler((request) => gateway.handle(request));
    await Promise.all([lambda.recover(), elasticache.recover()]);
    composed.resolve(async (request, response) => {
      // First: a function behind a URL owns all of its paths.
      if (lambda.urls.accepts(request)) return await lambda.urls.handle(request, response);
      if (runtimeApi.accepts(request)) return runtimeApi.handle(request, response);
      if (admin.accepts(pathOf(request))) return await admin.handle(request, response);
      await aws(request, response);
    });
    return {
      url: urlOf(listener),
      port: listener.port,
      localCluster: backends.localCluster,
      lambda,
      elasticache,
      [Symbol.asyncDispose]: () => disposal[Symbol.asyncDispose](),
    };
  } catch (error) {
    await disposal[Symbol.asyncDispose]().catch((failure: unknown) =>
      logger.warn({ error: errorText(failure) }, "cleaning up after a failed start"),
    );
    throw error;
  }
}

function upgrades(runtimeApi: RuntimeApi): Pick<Parameters<typeof listen>[0], "upgrade"> {
  return {
    upgrade: (request, socket, head) => {
      if (runtimeApi.accepts(request)) runtimeApi.handleUpgrade(request, socket, head);
      else socket.destroy();
    },
  };
}

function urlOf({ host, port }: Listener): string {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
