import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@fc/core";
import { imageFor } from "@fc/elasticache-k8s";
import { type ClusterOptions, checkAccess, K8sClient, K8sEnv, type K8sEnvironment, K8sPodConfig } from "@fc/k8s";
import { cacheOptions } from "../composition/cache-options.ts";
import { openLocalCluster } from "../composition/clusters.ts";
import { Disposal } from "../composition/disposal.ts";
import type { TlsPair } from "../http/read-tls.ts";
import type { AllSettings } from "../read-all-settings.ts";
import { checkImage } from "./check-image.ts";
import { checkLeases, type Span } from "./check-leases.ts";
import { checkDial, checkDns } from "./check-network.ts";
import { checkReach, type ReachQuestion } from "./check-reach.ts";
import { checkSettings, type SettingsInput } from "./check-settings.ts";
import type { DoctorLine } from "./doctor-line.ts";
import { samplePods } from "./sample-pods.ts";

export interface DoctorOptions extends SettingsInput {
  readonly signal: AbortSignal;
}

/** A client, and between which times of this machine it was made. */
interface Connection {
  readonly client: K8sClient;
  readonly made: Span;
}

/** A cluster with how the server stands to it. */
interface Ground {
  readonly cluster: ClusterOptions;
  readonly connect: () => Promise<Connection>;
  /** Whether it has a network of its own. */
  readonly isReal: boolean;
  readonly pullSecret: string | undefined;
  readonly reach: Pick<ReachQuestion, "urlAt" | "host" | "port" | "tls">;
}

/**
 * Looks whether a server with these settings would work: settings, access, admission of its real Pods, quota, images, the way from Pods to the
 * server, clock, leftovers. On a cluster it starts small Pods, which are gone afterwards.
 * @throws the signal's reason when it aborts; what opening the embedded cluster throws
 */
export async function examine(options: DoctorOptions): Promise<DoctorLine[]> {
  const { lines, settings } = await checkSettings(options);
  if (settings === undefined) return [...lines];
  const { all, kinds, k8s, tls } = settings;
  await using disposal = new Disposal();
  const found = [...lines];
  if (kinds.has("local")) found.push(...(await examineCluster(await localGround(all, disposal), all, options)));
  if (k8s !== undefined) {
    found.push(...(await examineCluster(realGround(all, { k8s, tls }, options), all, options)));
  }
  return found;
}

function realGround(
  all: AllSettings,
  { k8s, tls }: { readonly k8s: K8sEnvironment; readonly tls: TlsPair | undefined },
  { environment, signal }: DoctorOptions,
): Ground {
  const { host, port } = all.server.addr;
  const cluster = { environment, namespace: k8s.namespace };
  return {
    cluster,
    connect: async () => {
      const { value: client, span: made } = await timed(() => K8sClient.connect({ ...cluster, signal }));
      return { client, made };
    },
    isReal: true,
    pullSecret: k8s.pullSecret,
    reach: { urlAt: (at) => K8sEnv.fromEnv(at, environment).selfUrl, host, port, tls },
  };
}

async function localGround(all: AllSettings, disposal: Disposal): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), "fakecloud-doctor-"));
  disposal.use({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) });
  const { value, span: made } = await timed(() =>
    openLocalCluster(
      {
        settings: all.server,
        environment: {},
        directory,
        installationId: undefined,
        logger: silentLogger,
        clock: systemClock,
      },
      disposal,
    ),
  );
  const { cluster, client } = value;
  const host = cluster.hostAddress;
  return {
    cluster: { kubeconfig: cluster.kubeconfigPath, namespace: "default" },
    connect: () => Promise.resolve({ client, made }),
    isReal: false,
    pullSecret: undefined,
    reach: { urlAt: (port) => `http://${host}:${port}`, host, port: 0 },
  };
}

async function examineCluster(ground: Ground, all: AllSettings, options: DoctorOptions): Promise<DoctorLine[]> {
  const { cluster, pullSecret, reach, isReal } = ground;
  const { environment, signal } = options;
  const pods = samplePods({ ...all, environment, pullSecret });
  const access = await checkAccess({ ...cluster, pods, signal });
  if (!access.ok) return [...access.lines];
  const { client, made } = await ground.connect();
  await using _ = client;
  const image = imageFor("restore", cacheOptions(all.elasticacheK8s).images);
  const probe = { image, podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_K8S", environment), pullSecret };
  const lines = await Promise.all([
    checkReach(client, { ...reach, ...probe }, signal),
    ...(isReal ? [checkDns(client, probe, signal), checkDial(client, probe, signal)] : []),
    ...pods.map((pod) => checkImage(client, pod, signal)),
  ]);
  return [...access.lines, ...lines, ...(await checkLeases(client, made))];
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly span: Span }> {
  const fromMs = systemClock.now();
  const value = await work();
  return { value, span: { fromMs, toMs: systemClock.now() } };
}
