/** Label keys on everything that these packages create. */
export const labels = {
  /** Always {@link managedByValue}. */
  managedBy: "fakecloud-managed-by",
  /** The id of the server process that owns the object. Absent on what outlives the process. */
  instance: "fakecloud-instance",
  /** `lambda`, `elasticache`, `server`, or a service of an embedder's own. */
  service: "fakecloud-service",
  /** The id of the installation (kept with its storage) that owns the object. */
  installation: "fakecloud-installation",
  /** The function's name, label-safe. */
  lambda: "fakecloud-lambda",
  /** The kind of a Pod that waits for a function. */
  lambdaPool: "fakecloud-lambda-pool",
  /** The start of the function version's deploy id, label-safe. */
  deployId: "fakecloud-deploy-id",
  /** The cache's id, label-safe. */
  elasticache: "fakecloud-elasticache",
  appName: "app.kubernetes.io/name",
  appComponent: "app.kubernetes.io/component",
  appManagedBy: "app.kubernetes.io/managed-by",
} as const;

/** The value of `fakecloud-managed-by` and `app.kubernetes.io/managed-by`. */
export const managedByValue = "fakecloud";

/** Selects everything that these packages manage in a namespace. */
export const managedBySelector: string = `${labels.managedBy}=${managedByValue}`;

/**
 * The services whose objects are labelled. `server`: what the process needs for itself, as {@link checkPodReach} does. An embedder has services
 * of its own: whatever a label's value may be.
 */
export type OwnedService = "lambda" | "elasticache" | "server" | (string & Record<never, never>);
