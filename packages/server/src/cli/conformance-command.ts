import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FcError } from "@fc/core";
import {
  type CheckModuleOptions,
  checkCacheModule,
  checkLambdaModule,
  checkStorageModule,
} from "../conformance/check-modules.ts";
import { type ConformanceReport, caseText, totalsText } from "../conformance/conformance-report.ts";
import type { CliProcess } from "./cli-process.ts";
import { takeOptions } from "./command-arguments.ts";

type Check = (options: CheckModuleOptions) => Promise<ConformanceReport>;

/** A kit by its option. */
const kits: Readonly<Record<string, Check>> = {
  lambda: checkLambdaModule,
  cache: checkCacheModule,
  storage: checkStorageModule,
};

/**
 * `fc-server conformance --lambda ./my-backend.js [--cache ./my-cache-backend.js] [--storage ./my-store.js] [--only TEXT] [--json]`: holds modules
 * of one's own to the conformance kits. Resolves with the exit code: 0, or 1 when a case failed.
 * @throws FcError `FC_CLI_ARGUMENT_INVALID`, `FC_SERVER_BACKEND_MODULE_INVALID`
 */
export async function conformanceCommand(cli: CliProcess, argv: readonly string[]): Promise<number> {
  const { rest, options, switches } = takeOptions(argv, {
    options: [...Object.keys(kits), "only"],
    switches: ["json"],
  });
  const wanted = Object.entries(kits).flatMap(([kit, check]) => {
    const module = options[kit];
    return module === undefined ? [] : [{ module, check }];
  });
  if (rest.length > 0)
    throw invalid(`${rest.map((word) => `"${word}"`).join(", ")} is no option of fc-server conformance`);
  if (wanted.length === 0)
    throw invalid(
      `name a module: ${Object.keys(kits)
        .map((kit) => `--${kit} ./my-module.js`)
        .join(" or ")}`,
    );
  const json = switches.has("json");
  const stopping = new AbortController();
  void cli.stopped().then((signal) => stopping.abort(new Error(`stopped by ${signal}`)));
  const folder = await mkdtemp(join(tmpdir(), "fakecloud-conformance-"));
  const reports: ConformanceReport[] = [];
  const say = (text: string): void => void (json || cli.stdout.write(`${text}\n`));
  try {
    for (const { module, check } of wanted) {
      const { environment } = cli;
      const onCase: CheckModuleOptions["onCase"] = (entry) => say(caseText(entry));
      const report = await check({
        module,
        environment,
        folder,
        only: options["only"],
        onCase,
        signal: stopping.signal,
      });
      reports.push(report);
      say(totalsText(report));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const ok = reports.every(({ failed }) => failed === 0);
  if (json) cli.stdout.write(`${JSON.stringify({ ok, reports }, null, 2)}\n`);
  return ok ? 0 : 1;
}

function invalid(problem: string): FcError {
  return new FcError("FC_CLI_ARGUMENT_INVALID", `${problem}\nSee fc-server --help.`, { fault: "user" });
}
