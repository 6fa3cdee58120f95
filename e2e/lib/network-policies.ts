interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

interface IngressRule {
  readonly from?: readonly { readonly podSelector?: Selector; readonly namespaceSelector?: Selector }[];
  readonly ports?: readonly { readonly port: string | number }[];
}

export interface NetworkPolicy {
  readonly spec: { readonly podSelector: Selector; readonly ingress?: readonly IngressRule[] };
}

export interface LabelledPod {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly ports?: readonly { name?: string; containerPort: number }[] }[];
  };
}

/**
 * Whether the policies of a namespace let a Pod reach a port of another one, as a network that enforces them would: for what these policies use
 * of it, ingress by labels. A Pod of `elsewhere` is in another namespace, without labels that are asked for.
 */
export function reaches(
  policies: readonly NetworkPolicy[],
  from: LabelledPod | "elsewhere",
  to: LabelledPod,
  port: number,
): boolean {
  const applying = policies.filter(({ spec }) => selects(spec.podSelector, to));
  if (applying.length === 0) return true;
  const rules = applying.flatMap(({ spec }) => spec.ingress ?? []);
  return rules.some((rule) => isPort(rule, to, port) && (rule.from ?? [{}]).some((peer) => isPeer(peer, from)));
}

function isPeer(peer: NonNullable<IngressRule["from"]>[number], from: LabelledPod | "elsewhere"): boolean {
  if (from === "elsewhere")
    return peer.podSelector === undefined && Object.keys(peer.namespaceSelector?.matchLabels ?? {}).length === 0;
  return peer.podSelector === undefined || selects(peer.podSelector, from);
}

function isPort({ ports }: IngressRule, to: LabelledPod, port: number): boolean {
  if (ports === undefined) return true;
  const named = to.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.some((one) =>
    typeof one.port === "number"
      ? one.port === port
      : named.some(({ name, containerPort }) => name === one.port && containerPort === port),
  );
}

function selects({ matchLabels = {} }: Selector, { metadata: { labels = {} } }: LabelledPod): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}
