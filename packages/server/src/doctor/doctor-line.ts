/** One thing that `fc-server doctor` looked at. */
export interface DoctorLine {
  /** Stable: `FC_DOCTOR_…`, or a code of `checkAccess` of `@fc/k8s`. */
  readonly code: string;
  /** A `warning` costs something, or could not be found out; with a `problem` the server does not work. */
  readonly state: "ok" | "warning" | "problem";
  /** What was looked at, stable for equal input. */
  readonly subject: string;
  readonly message: string;
  /** What to do. */
  readonly fix?: string;
}

/** The lines for people; permissions that are granted are counted. */
export function doctorText(lines: readonly DoctorLine[]): string {
  const isGranted = ({ code, state }: DoctorLine): boolean => code === "FC_K8S_ACCESS_PERMISSION" && state === "ok";
  const granted = lines.filter(isGranted).length;
  const shown = lines.filter((line) => !isGranted(line));
  const count = (state: DoctorLine["state"]): number => lines.filter((line) => line.state === state).length;
  return [
    ...shown.flatMap(({ state, message, code, fix }) => [
      `${state.padEnd(8)} ${message}${state === "ok" ? "" : ` (${code})`}`,
      ...(fix === undefined ? [] : [`         fix: ${fix}`]),
    ]),
    ...(granted === 0 ? [] : [`ok       ${granted} permissions are granted`]),
    `${counted(count("problem"), "problem")}, ${counted(count("warning"), "warning")}.`,
  ].join("\n");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
