import { createFetchHandler, createGateway } from "@fc/aws";
import { type Clock, deferred, errorText, FcError, type Logger, silentLogger, systemClock } from "@fc/core";
import type { ElastiCache } from "@fc/elasticache";
import type { Lambda } from "@fc/lambda";
import { RuntimeApi } from "@fc/lambda/runtime-api";
import { type Backends, openBackends } from "./composition/backends.ts";
import { Disposal } from "./composition/disposal.ts";
import { listenerNeeded } from "./composition/listener-needed.ts";
import { openListeners } from "./composition/listeners.ts";
import { createRunDirectory } from "./composition/run-directory.ts";
import { createServices, signaturesOf } from "./composition/services.ts";
import { createAdminRoutes } from "./http/admin/admin-routes.ts";
import { guarded } from "./http/guarded.ts";
import type { Handle } from "./http/handle.ts";
import { internalRoutes } from "./http/internal-routes.ts";
import { InitHooks } from "./init/init-hooks.ts";
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
  /**
   * False: nothing listens for AWS requests; they come by {@link Server.handle}. What Pods need of the server they still reach by a port of
   * loopback. Default: true.
   */
  readonly listen?: boolean;
}

/** A running server. Disposing it ends every function and cache, and waits until they are gone. */
export interface Server extends AsyncDisposable {
  /** `http://host:port` of the AWS endpoint, `https` when it has a certificate; where nothing listens, `http://localhost`, for requests to {@link Server.handle}. */
  readonly url: string;
  /** Where `/_reset`, `/metrics` and `/_fakecloud/*` are: the AWS endpoint, or a listener of their own (`FAKECLOUD_ADMIN_ADDR`). */
  readonly adminUrl: string;
  /** 0 where nothing listens. */
  readonly port: number;
  /**
   * Answers a request without a socket: AWS operations, `/_fakecloud/*` and function URLs, with streams as they come. Rejects with
   * `FC_SERVER_CLOSED` once the server was disposed.
   */
  readonly handle: (request: Request) => Promise<Response>;
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
  const { environment = {}, flags = {}, logger = silentLogger, clock = systemClock, listen: listens = true } = options;
  const all = readAllSettings({ environment, flags });
  const { server: settings } = all;
  const { initDir } = settings;
  if (initDir !== undefined && !listens)
    throw listenerNeeded("run FAKECLOUD_INIT_DIR: its programs would not reach it");
  const disposal = new Disposal();
  try {
    const directory = disposal.use(await createRunDirectory(logger));
    const { dataPath, dataKey } = settings;
    const { records, blobs, snapshots, installationId } = disposal.use(
      dataPath === undefined
        ? memoryStorage(directory.path)
        : await persistentStorage(dataPath, { dataKey, clock, logger }),
    );
    const metrics = disposal.use(createServerMetrics());
    const runtimeApi = disposal.use(new RuntimeApi({ clock, logger }));
    const routes = {
      aws: deferred<Handle>(),
      pods: deferred<Handle>(),
      admin: deferred<Handle>(),
      urls: deferred<Lambda["urls"]>(),
    };
    const listeners = await openListeners({ settings, routes, runtimeApi, listens, clock, logger }, disposal);
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
        port: listeners.aws?.port,
        openInternalListener: listeners.openInternal,
      },
      disposal,
    );
    const storage = { records, blobs, snapshots };
    const { lambda, elasticache } = createServices({ all, backends, storage, metrics, clock, logger }, disposal);
    metrics.measure({ lambda, elasticache });
    const init = initDir === undefined ? undefined : new InitHooks(initDir);
    const admin = createAdminRoutes({
      lambda,
      elasticache,
      records,
      metrics,
      podReach: backends.podReach,
      init,
      version,
      adminToken: settings.adminToken,
      logger,
      stagedRdb: backends.stagedRdb,
      iamPassword: backends.iamPassword,
    });
    // Their Pods' programs reach AWS there, where there is no other listener, or none without a certificate that they would have to trust.
    const podsReachAws =
      listeners.aws === undefined || (settings.tlsCert !== undefined && backends.localCluster !== undefined);
    routes.pods.resolve(
      internalRoutes(admin.handle, podsReachAws ? async (request) => (await routes.aws.promise)(request) : undefined),
    );
    const gateway = createGateway({
      services: [lambda.service, elasticache.service],
      defaultAccount: settings.accountId,
      defaultRegion: settings.region,
      ...signaturesOf(settings),
      logger,
      clock,
      onAnswer: metrics.onAnswer,
    });
    await Promise.all([lambda.recover(), elasticache.recover()]);
    routes.urls.resolve(lambda.urls);
    const serving =
      (ownRoutes: Handle): Handle =>
      (request) => {
        // First: a function behind a URL owns all of its paths.
        if (lambda.urls.accepts(request)) return lambda.urls.handle(request);
        return admin.accepts(request) ? ownRoutes(request) : gateway.handle(request);
      };
    const everything = guarded(serving(admin.handle), logger);
    routes.admin.resolve(admin.handle);
    routes.aws.resolve(serving(listeners.admin === undefined ? admin.handle : admin.handleOpen));
    let isClosed = false;
    // A request that is handed over needs a URL, too, and that of a function is below localhost.
    const url = listeners.aws?.url ?? "http://localhost";
    await init?.run({ url, environment, settings, logger });
    return {
      url,
      adminUrl: listeners.admin?.url ?? url,
      port: listeners.aws?.port ?? 0,
      handle: createFetchHandler(async (request) => {
        if (isClosed) throw new FcError("FC_SERVER_CLOSED", "This server was closed", { fault: "user" });
        return await everything(request);
      }),
      localCluster: backends.localCluster,
      lambda,
      elasticache,
      [Symbol.asyncDispose]: async () => {
        isClosed = true;
        await disposal[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await disposal[Symbol.asyncDispose]().catch((failure: unknown) =>
      logger.warn({ error: errorText(failure) }, "cleaning up after a failed start"),
    );
    throw error;
  }
}
