/** Verbs on one resource of the namespace, and what the client does with them. */
export interface Permission {
  /** `""` is the core group. */
  readonly apiGroup: string;
  /** Plural, with subresource: `pods`, `pods/log`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly purpose: string;
  /** Set when the client goes on without: what is lost then. */
  readonly lost?: string;
  /** The minor version of Kubernetes 1.x that first asks for it. */
  readonly sinceMinor?: number;
  /** Only a client outside the cluster needs it: Pod addresses cannot be reached from there. */
  readonly outsideOnly?: boolean;
}

const exec = {
  apiGroup: "",
  resource: "pods/exec",
  purpose: "run commands in containers",
  lost: "exec and what stands on it (execRedis, fetchFile) fail; functions and caches do without",
} as const;
const leases = { apiGroup: "coordination.k8s.io", resource: "leases" } as const;

/**
 * All that this package does in a namespace, and nothing more: `checkAccess` asks for it, and the Role of the documents is
 * made from it. Whoever adds an operation adds its verb here.
 */
export const requiredPermissions: readonly Permission[] = [
  {
    apiGroup: "",
    resource: "pods",
    verbs: ["create", "get", "list", "watch", "patch", "delete", "deletecollection"],
    purpose: "run functions and caches",
  },
  { apiGroup: "", resource: "pods/log", verbs: ["get"], purpose: "read what containers write" },
  // Up to 1.34 a WebSocket is a GET and asks for "get" alone; from 1.35 on for "create" too (kubernetes/kubernetes#134577).
  { ...exec, verbs: ["get"] },
  { ...exec, verbs: ["create"], sinceMinor: 35 },
  {
    apiGroup: "",
    resource: "pods/portforward",
    verbs: ["get"],
    purpose: "connect to Pods from outside the cluster",
    outsideOnly: true,
  },
  {
    apiGroup: "",
    resource: "pods/portforward",
    verbs: ["create"],
    purpose: "connect to Pods from outside the cluster",
    outsideOnly: true,
    sinceMinor: 35,
  },
  {
    apiGroup: "",
    resource: "services",
    verbs: ["create", "get", "list", "patch", "delete"],
    purpose: "give caches an address that outlives their Pods",
  },
  {
    apiGroup: "",
    resource: "secrets",
    verbs: ["create", "get", "list", "delete", "deletecollection"],
    purpose: "hand tokens, users and certificates to Pods",
  },
  {
    apiGroup: "",
    resource: "configmaps",
    verbs: ["create", "get", "list", "delete", "deletecollection"],
    purpose: "hand configuration to Pods",
  },
  {
    apiGroup: "",
    resource: "persistentvolumeclaims",
    verbs: ["create", "list", "delete"],
    purpose: "keep the data of caches beyond their Pods",
    lost: "FAKECLOUD_ELASTICACHE_PERSISTENCE=pvc cannot be used",
  },
  {
    ...leases,
    verbs: ["create", "get", "list", "update", "delete"],
    purpose: "tell that this process lives, and clean up after those that do not",
  },
  {
    apiGroup: "",
    resource: "events",
    verbs: ["list"],
    purpose: "say why a Pod does not start",
    lost: "errors of Pods that do not start come without their events",
  },
  {
    apiGroup: "",
    resource: "resourcequotas",
    verbs: ["list"],
    purpose: "report what a quota leaves",
    lost: "checkAccess cannot report quotas",
  },
];
