import { errorText } from "@fc/core";
import { urlOf } from "../http/url-of.ts";
import { readAllSettings } from "../read-all-settings.ts";
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
  const { addr } = readAllSettings({ environment: cli.environment, flags }).server;
  const url = `${urlOf(addr)}/_fakecloud/${ready ? "ready" : "health"}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const body = (await response.text()).trim();
    if (!response.ok) throw new Error(`HTTP ${response.status} ${body}`);
    cli.stdout.write(`${body}\n`);
    return 0;
  } catch (error) {
    cli.stderr.write(`fc-server: ${url}: ${errorText(error)}\n`);
    return 1;
  }
}
