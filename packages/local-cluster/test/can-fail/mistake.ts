import type { ConnectOptions, K8sClient } from "@fc/k8s";
import type { FaultProxy } from "@fc/k8s/testing";

/** What of a client does otherwise. */
export type Otherwise = Members<K8sClient>;

/** Some of its public members. */
type Members<T> = Partial<Pick<T, keyof T>>;

/** What is wrong with a client, or with the cluster that it talks to. */
export interface Mistake {
  /** Some of its methods do otherwise. */
  readonly client?: (client: K8sClient) => Otherwise;
  /** It is made otherwise; the kubeconfig is the cluster's own. */
  readonly connect?: (options: ConnectOptions, kubeconfig: string) => Promise<K8sClient>;
  /** The API server answers otherwise. */
  readonly api?: (proxy: FaultProxy) => void;
  /** Milliseconds after which a case that waits for what never comes is cut short; those that pass are quicker. */
  readonly cutMs?: number;
}

/** What may be wrong, what the cases say that must find it, and those cases by the beginning of their names. */
export type MistakeRow = readonly [what: string, mistake: Mistake, says: RegExp, foundBy: readonly string[]];

type Call = (...args: never[]) => Promise<unknown>;

/** The same methods, with something around each call of theirs. */
export function around(
  client: K8sClient,
  methods: readonly (keyof K8sClient)[],
  wrap: (called: Promise<unknown>) => Promise<unknown>,
): Otherwise {
  const wrapped = (method: keyof K8sClient): Call => {
    const call = client[method] as Call;
    return (...args) => wrap(call.apply(client, args));
  };
  return Object.fromEntries(methods.map((method) => [method, wrapped(method)])) as Otherwise;
}

/** Of an error its text is left: no class, no code. */
export const plainly = (called: Promise<unknown>): Promise<unknown> =>
  called.catch((error: Error) => {
    throw new Error(error.message);
  });
