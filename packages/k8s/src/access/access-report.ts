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

/** The report for people: permissions that are granted are counted, the rest is a line each with its fix below it. */
export function accessText(report: AccessReport): string {
  const { server, namespace, lines } = report;
  const isGranted = ({ code, state }: AccessLine): boolean => code === "FC_K8S_ACCESS_PERMISSION" && state === "ok";
  const granted = lines.filter(isGranted).length;
  const asked = lines.filter(({ code }) => code === "FC_K8S_ACCESS_PERMISSION").length;
  const problems = lines.filter(({ state }) => state === "problem").length;
  return [
    `Kubernetes at ${server || "(none)"}, namespace ${namespace}`,
    ...lines.filter((line) => !isGranted(line)).map(lineText),
    ...(asked > 0 ? [`${"ok".padEnd(8)} ${granted} of ${asked} permissions are granted`] : []),
    problems === 0 ? "No problems." : `${problems} ${problems === 1 ? "problem" : "problems"}.`,
  ].join("\n");
}

function lineText({ state, message, fix, code }: AccessLine): string {
  const named = state === "ok" ? "" : ` (${code})`;
  return `${state.padEnd(8)} ${message}${named}${fix === undefined ? "" : `\n         fix: ${fix}`}`;
}
