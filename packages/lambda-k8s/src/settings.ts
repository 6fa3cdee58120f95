import { integer, keyValueMap, matching, oneOf, type Parser, readSettings, type SettingsTable } from "@fc/core";

export interface LambdaK8sSettings {
  readonly transport: "runtime-api" | "rie";
  readonly imageRegistry: string;
  readonly images: Readonly<Record<string, string>>;
  readonly imagePullPolicy: "IfNotPresent" | "Always" | "Never";
  readonly launchTimeoutSeconds: number;
  readonly maxLifetimeSeconds: number;
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly caConfigMap?: string | undefined;
  readonly poolSize: number | "auto";
  readonly poolMemoryMb: number;
  readonly poolIdleSeconds: number;
  readonly poolParallelism: number;
}

const poolCount = integer({ min: 0, max: 1_000 });
const poolSize: Parser<number | "auto"> = Object.assign(
  (text: string): number | "auto" => (text.trim().toLowerCase() === "auto" ? "auto" : poolCount(text)),
  { expected: "auto, or an integer of at least 0 and of at most 1000" },
);

/** Settings of the Kubernetes backend for Lambda. */
export const lambdaK8sSettings: SettingsTable<LambdaK8sSettings> = {
  transport: {
    name: "FAKECLOUD_LAMBDA_K8S_TRANSPORT",
    parse: oneOf("runtime-api", "rie"),
    default: "runtime-api",
    doc: "How the server talks to runtimes: they dial its Runtime API, or (rie) it dials the Runtime Interface Emulator in the Pod. A function's tag fakecloud-k8s/transport goes over it.",
  },
  imageRegistry: {
    name: "FAKECLOUD_LAMBDA_K8S_IMAGE_REGISTRY",
    parse: matching(
      /^[^\s]+[^/\s]$/,
      "a registry with path and without trailing slash, for example mirror.example/lambda",
    ),
    default: "public.ecr.aws/lambda",
    doc: "Where the runtimes' base images come from: a mirror needs the same names and tags below it.",
  },
  images: {
    name: "FAKECLOUD_LAMBDA_K8S_IMAGES",
    parse: keyValueMap,
    default: {},
    doc: "Images for single runtimes, as runtime=image pairs; others come from the registry.",
  },
  imagePullPolicy: {
    name: "FAKECLOUD_LAMBDA_K8S_IMAGE_PULL_POLICY",
    parse: oneOf("IfNotPresent", "Always", "Never"),
    default: "IfNotPresent",
    doc: "Pull policy of function Pods.",
  },
  launchTimeoutSeconds: {
    name: "FAKECLOUD_LAMBDA_K8S_LAUNCH_TIMEOUT",
    parse: integer({ min: 1, max: 3_600 }),
    default: 120,
    doc: "Seconds that a Pod may take to be scheduled, to start and to fetch its code; the init phase comes on top. They begin anew while its image is pulled.",
  },
  maxLifetimeSeconds: {
    name: "FAKECLOUD_LAMBDA_K8S_MAX_LIFETIME",
    parse: integer({ min: 60 }),
    default: 86_400,
    doc: "Seconds after which the cluster ends a function Pod, whatever happens: the last resort against leaks.",
  },
  runAsUser: {
    name: "FAKECLOUD_LAMBDA_K8S_RUN_AS_USER",
    parse: integer({ min: 1 }),
    default: 993,
    doc: "User id of function Pods. 993 is the one that Lambda uses.",
  },
  runAsGroup: {
    name: "FAKECLOUD_LAMBDA_K8S_RUN_AS_GROUP",
    parse: integer({ min: 1 }),
    default: 990,
    doc: "Group id of function Pods. 990 is the one that Lambda uses.",
  },
  caConfigMap: {
    name: "FAKECLOUD_LAMBDA_K8S_CA_CONFIG_MAP",
    parse: matching(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "the name of a ConfigMap"),
    blank: "unset",
    doc: "Name of a ConfigMap in the namespace whose ca.crt holds the certificate authorities that functions trust. NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, SSL_CERT_FILE, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE name it, unless the function sets them. Node.js adds it to its own, others have nothing else.",
  },
  poolSize: {
    name: "FAKECLOUD_LAMBDA_K8S_POOL_SIZE",
    parse: poolSize,
    default: "auto",
    doc: "How many started Pods of each kind in use (image, memory, architecture, Pod configuration) wait for a function. auto: one, and up to five where launches come in bursts. 0: none.",
  },
  poolMemoryMb: {
    name: "FAKECLOUD_LAMBDA_K8S_POOL_MEMORY",
    parse: integer({ min: 0 }),
    default: 2_048,
    doc: "MiB of memory that waiting Pods may request of the cluster together. They use about 10 MiB each, but request what their functions will need.",
  },
  poolIdleSeconds: {
    name: "FAKECLOUD_LAMBDA_K8S_POOL_IDLE",
    parse: integer({ min: 0 }),
    default: 600,
    doc: "Seconds without a launch or change of such a function after which a kind is no longer in use and its waiting Pods go. 0: never.",
  },
  poolParallelism: {
    name: "FAKECLOUD_LAMBDA_K8S_POOL_PARALLELISM",
    parse: integer({ min: 1, max: 100 }),
    default: 4,
    doc: "How many Pods may be starting at once for the pool to refill it. Launches that wait for a Pod come first and are not limited by it.",
  },
};

/** The defaults with `over` on top. */
export function completeSettings(over: Partial<LambdaK8sSettings> = {}): LambdaK8sSettings {
  return { ...readSettings(lambdaK8sSettings, { environment: {} }), ...over };
}
