import { examine } from "../doctor/doctor.ts";
import { type DoctorLine, doctorText } from "../doctor/doctor-line.ts";
import type { CliProcess } from "./cli-process.ts";

/**
 * `fc-server doctor [--json] [settings]`: says whether a server with these settings would work. Resolves with the exit code: 0, or 1 when there
 * is a problem.
 */
export async function doctorCommand(
  cli: CliProcess,
  { flags, json }: { readonly flags: Readonly<Record<string, string>>; readonly json: boolean },
): Promise<number> {
  const stopping = new AbortController();
  void cli.stopped().then((signal) => stopping.abort(new Error(`stopped by ${signal}`)));
  const lines = await examine({ environment: cli.environment, flags, signal: stopping.signal });
  const ok = lines.every(({ state }: DoctorLine) => state !== "problem");
  cli.stdout.write(`${json ? JSON.stringify({ ok, lines }, null, 2) : doctorText(lines)}\n`);
  return ok ? 0 : 1;
}
