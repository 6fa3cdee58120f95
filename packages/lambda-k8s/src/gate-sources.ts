import { readFileSync } from "node:fs";

/** The texts of `assets/`: what runs in the Pod before the runtime. */
export interface GateSources {
  readonly supervisor: string;
  readonly node: string;
  readonly python: string;
  readonly shell: string;
  /** For the extensions of container images. */
  readonly extensions: string;
}

/** Reads them, without the lines that are only comments: they travel in every Pod. */
export function readGateSources(): GateSources {
  const read = (name: string): string =>
    readFileSync(new URL(`../assets/${name}`, import.meta.url), "utf8")
      .split("\n")
      .filter((line) => !/^\s*(#|\/\/)/.test(line))
      .join("\n");
  return {
    supervisor: `${read("channel.sh")}${read("supervisor.sh")}`,
    node: read("gate.mjs"),
    python: read("gate.py"),
    shell: read("gate.sh"),
    extensions: `${read("channel.sh")}${read("extensions.sh")}`,
  };
}
