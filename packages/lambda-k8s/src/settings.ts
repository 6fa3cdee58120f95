import { FcError, integer, keyValueMap, matching, oneOf, readSettings, type SettingsTable } from "@fc/core";

export interface LambdaK8sSettings {
  readonly transport: "runtime-api" | "rie";
  readonly imageRegistry: string;
  readonly images: Readonly<Record<string, string>>;
  readonly imagePullPolicy: "IfNotPresent" | "Always" | "Never";
  readonly launchTimeoutSeconds: number;
  readonly maxLifetimeSeconds: number;
  readonly runAsUser: number;
  readonly runAsGroup: number;
}

/** Settings of the Kubernetes backend for Lambda. */
export const lambdaK8sSettings: SettingsTable<LambdaK8sSettings> = {
  transport: {
    name: "FAKECLOUD_LAMBDA_K8S_TRANSPORT",
    parse: oneOf("runtime-api", "rie"),
    default: "runtime-api",
    doc: "How the server talks to runtimes: they dial its Runtime API. rie (it dials the emulator in the Pod) is not implemented yet and refused.",
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
    doc: "Seconds that a Pod may take to be scheduled, pull its image and fetch its code; the init phase comes on top.",
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
};

/**
 * The defaults with `over` on top.
 * @throws FcError `FC_LAMBDA_K8S_TRANSPORT_UNSUPPORTED`
 */
export function completeSettings(over: Partial<LambdaK8sSettings> = {}): LambdaK8sSettings {
  const settings = { ...readSettings(lambdaK8sSettings, { environment: {} }), ...over };
  if (settings.transport === "rie")
    throw new FcError(
      "FC_LAMBDA_K8S_TRANSPORT_UNSUPPORTED",
      `${lambdaK8sSettings.transport.name}=rie is not implemented: use runtime-api, which the public base images support`,
      { fault: "user" },
    );
  return settings;
}
