/** Stable names of what is checked. */
export type AccessCode =
  | "FC_K8S_ACCESS_CONNECTION"
  | "FC_K8S_ACCESS_IDENTITY"
  | "FC_K8S_ACCESS_VERSION"
  | "FC_K8S_ACCESS_NAMESPACE"
  | "FC_K8S_ACCESS_PERMISSION"
  | "FC_K8S_ACCESS_POD"
  | "FC_K8S_ACCESS_QUOTA";

/** One thing that was checked. */
export interface AccessLine {
  readonly code: AccessCode;
  /** A `warning` costs something, or could not be found out; with a `problem` the client does not work. */
  readonly state: "ok" | "warning" | "problem";
  /** What was checked, stable for equal input: `create pods`, `compute requests.memory`. */
  readonly subject: string;
  readonly message: string;
  /** What to do: a command, or a rule for the Role. */
  readonly fix?: string;
}

/** What `checkAccess` found. */
export interface AccessReport {
  /** URL of the API server; empty when none was found. */
  readonly server: string;
  readonly namespace: string;
  /** The user as the API server names it; undefined when it does not tell. */
  readonly identity: string | undefined;
  readonly inCluster: boolean;
  /** Whether there is no problem. */
  readonly ok: boolean;
  readonly lines: readonly AccessLine[];
}

/** The report for people: permissions that are granted are counted, the rest is a line each; a fix stands below what it mends. */
export function accessText(report: AccessReport): string {
  const { server, namespace, lines } = report;
  const isGranted = ({ code, state }: AccessLine): boolean => code === "FC_K8S_ACCESS_PERMISSION" && state === "ok";
  const granted = lines.filter(isGranted).length;
  const asked = lines.filter(({ code }) => code === "FC_K8S_ACCESS_PERMISSION").length;
  const problems = lines.filter(({ state }) => state === "problem").length;
  const shown = lines.filter((line) => !isGranted(line));
  return [
    `Kubernetes at ${server || "(none)"}, namespace ${namespace}`,
    ...shown.flatMap((line, index) => {
      const isLastOfFix = line.fix !== undefined && line.fix !== shown[index + 1]?.fix;
      return [lineText(line), ...(isLastOfFix ? [`         fix: ${line.fix}`] : [])];
    }),
    ...(asked > 0 ? [`${"ok".padEnd(8)} ${granted} of ${asked} permissions are granted`] : []),
    problems === 0 ? "No problems." : `${problems} ${problems === 1 ? "problem" : "problems"}.`,
  ].join("\n");
}

function lineText({ state, message, code }: AccessLine): string {
  return `${state.padEnd(8)} ${message}${state === "ok" ? "" : ` (${code})`}`;
}

/** The subjects of permissions, shorter: `create, get pods; list events`. */
export function subjectsText(lines: readonly AccessLine[]): string {
  const verbs = new Map<string, string[]>();
  for (const { subject } of lines) {
    const [verb = "", resource = ""] = subject.split(" ");
    verbs.set(resource, [...(verbs.get(resource) ?? []), verb]);
  }
  return [...verbs].map(([resource, names]) => `${names.join(", ")} ${resource}`).join("; ");
}
