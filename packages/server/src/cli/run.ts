import type { Writable } from "node:stream";
import { errorText, FcError, unknownSettings } from "@fc/core";
import { destination, type Level, pino } from "pino";
import { readAllSettings, settingsTables } from "../read-all-settings.ts";
import { createServer, type Server } from "../server.ts";
import { version } from "../version.ts";
import { parseArguments } from "./arguments.ts";
import { banner } from "./banner.ts";
import type { CliProcess } from "./cli-process.ts";
import { commandOf, switchesOf } from "./command.ts";
import { takeOptions } from "./command-arguments.ts";
import { configCommand } from "./config-command.ts";
import { conformanceCommand } from "./conformance-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { healthcheckCommand } from "./healthcheck-command.ts";
import { helpText } from "./help-text.ts";

/** Runs `fc-server` and resolves with its exit code: 0 after a clean stop, 1 when it failed, 2 when the settings or arguments are wrong. */
export async function runCli(cli: CliProcess): Promise<number> {
  const tables = Object.values(settingsTables);
  try {
    const command = commandOf(cli.argv);
    const asksHelp = command.argv.some((word) => word === "--help" || word === "-h");
    if (command.name === "conformance" && !asksHelp) return await conformanceCommand(cli, command.argv);
    const { rest, switches } = takeOptions(command.argv, { switches: switchesOf(command.name) });
    const { flags, help, version: wantsVersion } = parseArguments(asksHelp ? ["--help"] : rest, tables);
    if (help) return print(cli.stdout, helpText());
    if (wantsVersion) return print(cli.stdout, version);
    const json = switches.has("json");
    if (command.name === "doctor") return await doctorCommand(cli, { flags, json });
    if (command.name === "config") return configCommand(cli, { flags, json });
    if (command.name === "healthcheck") return await healthcheckCommand(cli, { flags, ready: switches.has("ready") });
    for (const warning of unknownSettings(tables, cli.environment)) print(cli.stderr, `warning: ${warning}`);
    const { server: settings } = readAllSettings({ environment: cli.environment, flags });
    const logger = pino({ level: settings.logLevel as Level }, destination({ dest: 2, sync: true }));
    const stopped = cli.stopped();
    const server = await createServer({ environment: cli.environment, flags, logger });
    print(cli.stdout, banner(server, settings));
    const signal = await stopped;
    logger.info({ signal }, "stopping");
    return await close(server, settings.shutdownGraceSeconds, cli.stderr);
  } catch (error) {
    print(cli.stderr, `fc-server: ${errorText(error)}`);
    return FcError.isInstance(error) && error.fault === "user" ? 2 : 1;
  }
}

async function close(server: Server, graceSeconds: number, stderr: Writable): Promise<number> {
  const late = Symbol("late");
  const { promise: deadline, resolve } = Promise.withResolvers<typeof late>();
  const timer = setTimeout(() => resolve(late), graceSeconds * 1_000);
  const outcome = await Promise.race([server[Symbol.asyncDispose](), deadline]);
  clearTimeout(timer);
  if (outcome !== late) return 0;
  print(
    stderr,
    `fc-server: not everything ended within ${graceSeconds} s (FAKECLOUD_SHUTDOWN_GRACE_SECONDS); leaving the rest`,
  );
  return 1;
}

function print(to: Writable, text: string): number {
  to.write(`${text}\n`);
  return 0;
}
