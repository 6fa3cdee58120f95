import { basename } from "node:path";
import type { ImageHandler, ImagePlan } from "./image-handler.ts";

const program = "/usr/local/fc/node";

/** `node` and its mirrors, by the Node.js that runs this process; the tag's version is not looked at. */
export function nodeImageHandler(options: { readonly nodePath?: string } = {}): ImageHandler {
  const { nodePath = process.execPath } = options;
  const plan: ImagePlan = {
    entrypoint: [],
    command: ["node"],
    env: {},
    workingDirectory: "/",
    files: { [program]: nodePath },
    tools: () => ({ node: `#!/bin/sh\nexec "${program}" "$@"\n` }),
    adapt: ({ argv: [name = "", ...rest], env }) =>
      // The entrypoint of the official image runs node when it is given nothing but options.
      basename(name) === "docker-entrypoint.sh" || name.startsWith("-")
        ? { argv: ["node", ...(name.startsWith("-") ? [name] : []), ...rest], env }
        : { argv: [basename(name) === "node" ? "node" : name, ...rest], env },
  };
  return {
    matches: ({ repository }) => basename(repository) === "node",
    resolve: () => Promise.resolve({ available: true, plan }),
  };
}
