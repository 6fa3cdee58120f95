import { basename } from "node:path";
import { findProgram, standardSearchPath } from "../node/isolation/host-tools.ts";
import { busyboxApplets } from "./busybox-applets.ts";
import type { ImageHandler, ImageResolution } from "./image-handler.ts";

export interface ShellImageOptions {
  readonly searchPath?: readonly string[];
}

const busyboxes = ["busybox", "alpine"];
const shells = [...busyboxes, "debian", "ubuntu", "bash"];
const clients = ["curl", "curlimages/curl"];

/** Images that are little more than a shell and its tools (busybox, alpine, debian, curl): this machine's own. */
export function shellImageHandler(options: ShellImageOptions = {}): ImageHandler {
  const { searchPath = standardSearchPath } = options;
  let applets: ReturnType<typeof busyboxApplets> | undefined;
  return {
    matches: ({ repository }) => shells.includes(basename(repository)) || clients.includes(repository),
    resolve: async ({ repository }) => {
      if (!busyboxes.includes(basename(repository))) return resolveShell(repository, searchPath, {});
      applets ??= busyboxApplets(searchPath);
      return resolveShell(repository, searchPath, await applets);
    },
  };
}

function resolveShell(
  repository: string,
  searchPath: readonly string[],
  tools: Readonly<Record<string, string>>,
): ImageResolution {
  const isClient = clients.includes(repository);
  const curl = findProgram("curl", searchPath);
  if (isClient && curl === undefined) {
    const reason = "curl is not on this machine: install it with `apt install curl` or `brew install curl`";
    return { available: false, reason };
  }
  const plan = {
    entrypoint: isClient ? ["curl"] : [],
    command: isClient ? [] : ["sh"],
    env: {},
    workingDirectory: "/",
    files: {},
    tools: () => tools,
  };
  return { available: true, plan };
}
