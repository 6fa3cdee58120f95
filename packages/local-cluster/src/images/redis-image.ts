import { basename } from "node:path";
import { findProgram, standardSearchPath } from "../node/isolation/host-tools.ts";
import type { ContainerCommand, ImageHandler, ImagePlan, ImageResolution } from "./image-handler.ts";

export interface RedisImageOptions {
  readonly searchPath?: readonly string[];
  /** Run redis-server for valkey images when there is no valkey-server. Default false. */
  readonly valkeyFallback?: boolean;
}

type Engine = "redis" | "valkey";

const install: Readonly<Record<Engine, string>> = {
  redis: "install it with `apt install redis-server` or `brew install redis`",
  valkey: "install it with `apt install valkey-server` or `brew install valkey`",
};

/** `redis`, `valkey/valkey` and their mirrors, by the redis-server and valkey-server of this machine. */
export function redisImageHandler(engine: Engine, options: RedisImageOptions = {}): ImageHandler {
  const { searchPath = standardSearchPath, valkeyFallback = false } = options;
  return {
    matches: ({ repository }) => basename(repository) === engine,
    resolve: () => Promise.resolve(resolveEngine(engine, searchPath, valkeyFallback)),
  };
}

function resolveEngine(engine: Engine, searchPath: readonly string[], valkeyFallback: boolean): ImageResolution {
  const server = findProgram(`${engine}-server`, searchPath);
  if (server !== undefined) return { available: true, plan: redisPlan(engine, server, searchPath, []) };
  const redis = engine === "valkey" ? findProgram("redis-server", searchPath) : undefined;
  if (redis !== undefined && valkeyFallback) {
    const message = `valkey-server is not on this machine: ${redis} runs in its place; ${install.valkey}`;
    return { available: true, plan: redisPlan(engine, redis, searchPath, [{ reason: "ValkeyFallback", message }]) };
  }
  const other =
    redis === undefined
      ? ""
      : `; redis-server is there (${redis}) and is not used in its place unless valkeyFallback is set`;
  return { available: false, reason: `${engine}-server is not on this machine: ${install[engine]}${other}` };
}

function redisPlan(
  engine: Engine,
  server: string,
  searchPath: readonly string[],
  warnings: ImagePlan["warnings"] & object,
): ImagePlan {
  // Both names of a client exist, so that scripts written for either engine run.
  const client = findProgram(`${engine}-cli`, searchPath) ?? findProgram("redis-cli", searchPath);
  const names = engine === "redis" ? ["redis"] : ["valkey", "redis"];
  const program = (name: string): string => `/usr/local/fc/${basename(name)}`;
  return {
    entrypoint: [`${engine}-server`],
    command: [],
    env: {},
    workingDirectory: "/data",
    // Under a path of their own: the machine's may lie where a container sees nothing (Homebrew, a home folder).
    files: { [program(server)]: server, ...(client === undefined ? {} : { [program(client)]: client }) },
    volumes: ["/data"],
    warnings,
    tools: ({ ip }) => {
      const tools: Record<string, string> = {};
      for (const name of names) {
        tools[`${name}-server`] = serverScript(program(server), ip);
        if (client !== undefined) tools[`${name}-cli`] = clientScript(program(client), ip);
      }
      return tools;
    },
    adapt: throughWrapper,
  };
}

/** `redis-server` given by name runs through the wrapper; given by any other path it is pointed to the wrapper. */
function throughWrapper({ argv, env }: ContainerCommand): ContainerCommand {
  const [program = "", ...rest] = argv;
  // The entrypoint of the official images starts the server when it is given nothing but options or a configuration file.
  if (basename(program) === "docker-entrypoint.sh") return { argv: rest, env };
  if (program.startsWith("-") || program.endsWith(".conf")) return { argv: ["redis-server", program, ...rest], env };
  const known = /^(redis|valkey)-(server|cli)$/.test(basename(program));
  return { argv: [known ? basename(program) : program, ...rest], env };
}

/**
 * Defaults first, the caller's options after them; but an address that means "all" is replaced. A configuration file must
 * stay the first argument, and its own bind is overruled.
 */
function serverScript(server: string, ip: string): string {
  return `#!/bin/sh
# Listens on the Pod's own address, which is what "all addresses" means in a container.
case "$1" in
  -v|--version|-h|--help|--test-memory|--check-system) exec "${server}" "$@" ;;
esac
file=
case "$1" in -|""|--*) ;; *) file=$1; shift ;; esac
bind="${ip}" seen= dir="--dir /data"
[ -n "$file" ] && [ "$file" != - ] && grep -q "^dir " "$file" 2>/dev/null && dir=
n=$#
while [ "$n" -gt 0 ]; do
  word=$1; shift; n=$((n - 1))
  if [ "$word" = --bind ]; then
    seen=
    while [ "$n" -gt 0 ]; do
      case "$1" in --*) break ;; 127.0.0.1|::1|-::1|localhost) seen="$seen $1" ;; esac
      shift; n=$((n - 1))
    done
    [ -n "$seen" ] && bind="$seen"
  else
    [ "$word" = --dir ] && dir=
    set -- "$@" "$word"
  fi
done
# shellcheck disable=SC2086 # the lists are meant to become several words
set -- \${file:+"$file"} --bind $bind --bind-source-addr "${ip}" --protected-mode no $dir "$@"
exec "${server}" "$@"
`;
}

/** Adds `-h <Pod address>` unless the caller names a host, a socket or a URL. */
function clientScript(client: string, ip: string): string {
  return `#!/bin/sh
for word in "$@"; do
  case "$word" in -h|-s|-u|--cluster) exec "${client}" "$@" ;; esac
done
exec "${client}" -h "${ip}" "$@"
`;
}
