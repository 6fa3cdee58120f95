import { errorText } from "@fc/core";
import { urlOf } from "../http/url-of.ts";
import { readAllSettings } from "../read-all-settings.ts";
import { ask } from "./ask.ts";
import type { CliProcess } from "./cli-process.ts";

const timeoutMs = 5_000;

/**
 * `fc-server healthcheck [--ready] [settings]`: asks the server that these settings name, from the same machine or container, whether it lives, or
 * whether functions and caches work. Resolves with the exit code: 0, or 1 when it does not.
 * @throws SettingsError `FC_CONFIG_INVALID`
 */
export async function healthcheckCommand(
  cli: Pick<CliProcess, "environment" | "stdout" | "stderr">,
  { flags, ready }: { readonly flags: Readonly<Record<string, string>>; readonly ready: boolean },
): Promise<number> {
  const { server: settings } = readAllSettings({ environment: cli.environment, flags });
  const isEncrypted = settings.tlsCert !== undefined;
  const url = `${urlOf({ ...settings.addr, isEncrypted })}/_fakecloud/${ready ? "ready" : "health"}`;
  try {
    const { status, body } = await ask(url, AbortSignal.timeout(timeoutMs));
    if (status >= 300) throw new Error(`HTTP ${status} ${body.trim()}`);
    cli.stdout.write(`${body.trim()}\n`);
    return 0;
  } catch (error) {
    cli.stderr.write(`fc-server: ${url}: ${errorText(error)}\n`);
    return 1;
  }
}
