import { buildCachePod, type ElastiCacheK8sSettings } from "@fc/elasticache-k8s";
import { K8sPodConfig } from "@fc/k8s";
import { buildPodSpec, type LambdaK8sSettings, readGateSources } from "@fc/lambda-k8s";
import { cacheOptions } from "../composition/cache-options.ts";

/** A Pod as the cluster gets it. */
export type Pod = ReturnType<typeof buildPodSpec>;

export interface SampleOptions {
  readonly lambdaK8s: LambdaK8sSettings;
  readonly elasticacheK8s: ElastiCacheK8sSettings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pullSecret: string | undefined;
}

const account = "123456789012";
const region = "us-east-1";

/** A Pod of a function of each runtime and of a node of each engine, as the backends would make them. */
export function samplePods(options: SampleOptions): Pod[] {
  const functions = ["nodejs22.x", "python3.13"].map((runtime) => functionPod(runtime, options));
  const caches = (["redis", "valkey", "memcached"] as const).map((engine) => cachePod(engine, options));
  return [...functions, ...caches];
}

function functionPod(runtime: string, { lambdaK8s, environment, pullSecret }: SampleOptions): Pod {
  const functionName = `doctor-${runtime.replace(/[^a-z0-9]/g, "-")}`;
  const spec = {
    ...{ account, region, functionName, runtime },
    version: "$LATEST",
    functionArn: `arn:aws:lambda:${region}:${account}:function:${functionName}`,
    handler: "index.handler",
    memorySizeMb: 128,
    timeoutSeconds: 3,
    ephemeralStorageMb: 512,
    architecture: process.arch === "arm64" ? ("arm64" as const) : ("x86_64" as const),
    environment: {},
    logGroup: `/aws/lambda/${functionName}`,
    role: `arn:aws:iam::${account}:role/doctor`,
    tags: {},
    deployId: "doctor",
  };
  return buildPodSpec(spec, spec.deployId, {
    environmentId: "doctor",
    hostName: "doctor.rt",
    runtimeApi: { ip: "192.0.2.1", port: 4566 },
    hasLayers: false,
    gates: readGateSources(),
    settings: lambdaK8s,
    podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", environment),
    pullSecret,
  });
}

function cachePod(engine: "redis" | "valkey" | "memcached", options: SampleOptions): Pod {
  const { images, resources } = cacheOptions(options.elasticacheK8s);
  const id = `doctor-${engine}`;
  const spec = {
    ...{ account, region, engine, nodeKey: id, resourceId: id },
    resourceType: "cluster" as const,
    nodeId: "0001",
    engineVersion: { redis: "7.1", valkey: "8.0", memcached: "1.6.22" }[engine],
    nodeType: "cache.t3.micro",
    port: engine === "memcached" ? 11_211 : 6_379,
    parameters: {},
    tags: {},
  };
  const pod = buildCachePod(spec, { name: id, images, resources, pullSecret: options.pullSecret, accessSecret: id });
  return K8sPodConfig.resolvedBase("FAKECLOUD_ELASTICACHE_K8S", options.environment).apply(pod);
}
