import { type SettingsTable, settingsHelp } from "@fc/core";
import { settingsTables } from "../read-all-settings.ts";
import { version } from "../version.ts";

const usage = `Usage: fc-server [start] [options]                  serves, until it is interrupted
       fc-server doctor [--json] [options]           says whether a server with these settings would work, and what to mend
       fc-server --config explain [--json] [options] every setting with its value and where that comes from
       fc-server healthcheck [--ready] [options]     asks the server at --addr whether it lives, or whether functions and caches work
       fc-server conformance --lambda|--cache|--storage ./my-module.js [--only TEXT] [--json]
                                                     holds modules of your own to the conformance kits

Exit codes: 0 fine; 1 it failed, or what was looked at is not fine; 2 the settings or arguments are wrong.`;

/** What `--help` prints. */
export function helpText(): string {
  const sections = Object.entries(settingsTables).map(
    ([title, table]) => `${title}:\n${settingsHelp(table as SettingsTable<Record<string, unknown>>)}`,
  );
  return `fc-server ${version}: AWS Lambda and ElastiCache on Kubernetes\n\n${usage}\n\n${sections.join("\n\n")}`;
}
