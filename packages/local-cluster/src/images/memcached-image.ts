import { basename } from "node:path";
import { findProgram, standardSearchPath } from "../node/isolation/host-tools.ts";
import type { ImageHandler, ImageResolution } from "./image-handler.ts";

export interface MemcachedImageOptions {
  readonly searchPath?: readonly string[];
}

/** `memcached` and its mirrors, by the memcached of this machine. */
export function memcachedImageHandler(options: MemcachedImageOptions = {}): ImageHandler {
  const { searchPath = standardSearchPath } = options;
  return {
    matches: ({ repository }) => basename(repository) === "memcached",
    resolve: () => Promise.resolve(resolveMemcached(searchPath)),
  };
}

function resolveMemcached(searchPath: readonly string[]): ImageResolution {
  const server = findProgram("memcached", searchPath);
  if (server === undefined) {
    const reason =
      "memcached is not on this machine: install it with `apt install memcached` or `brew install memcached`";
    return { available: false, reason };
  }
  const program = "/usr/local/fc/memcached";
  return {
    available: true,
    plan: {
      entrypoint: ["memcached"],
      command: [],
      env: {},
      workingDirectory: "/",
      files: { [program]: server },
      tools: ({ ip }) => ({ memcached: serverScript(program, ip) }),
      adapt: ({ argv: [name = "", ...rest], env }) => {
        if (basename(name) === "docker-entrypoint.sh")
          return { argv: rest[0]?.startsWith("-") === true ? ["memcached", ...rest] : rest, env };
        if (name.startsWith("-")) return { argv: ["memcached", name, ...rest], env };
        return { argv: [basename(name) === "memcached" ? "memcached" : name, ...rest], env };
      },
    },
  };
}

/**
 * Listens on the Pod's own address; the last -l wins, so an address that means "all" is overruled. As root memcached wants
 * to be told which user to become, and root is an answer.
 */
function serverScript(server: string, ip: string): string {
  return `#!/bin/sh
case "$1" in -V|--version|-h|--help) exec "${server}" "$@" ;; esac
own=yes user=
[ "$(id -u)" = 0 ] && user=yes
for word in "$@"; do
  case "$word" in
    -l127.*|--listen=127.*|127.0.0.1) own= ;;
    -u|-u*|--user=*) user= ;;
  esac
done
[ -n "$user" ] && set -- -u root "$@"
# The root of a user namespace may not change its groups, which memcached insists on: there it runs as nobody.
if [ -n "$user" ] && [ "$(cat /proc/self/setgroups 2>/dev/null)" = deny ]; then set -- unshare -U "${server}" "$@"; else set -- "${server}" "$@"; fi
if [ -n "$own" ]; then exec "$@" -l "${ip}"; fi
exec "$@"
`;
}
