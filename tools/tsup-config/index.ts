// One bundler configuration for every package: ES modules for the lowest supported Node, declarations come from tsc.
import { defineConfig, type Options } from "tsup";

export function library(entry: Record<string, string>): ReturnType<typeof defineConfig> {
  const options: Options = {
    entry,
    format: ["esm"],
    target: "node22",
    platform: "node",
    dts: false,
    sourcemap: true,
    splitting: true,
    clean: true,
    treeshake: true,
    // Without its prefix node:sqlite is a package that does not exist.
    removeNodeProtocol: false,
  };
  return defineConfig(options);
}
