import { library } from "@fc-repo/tsup-config";
import { defineConfig, type Options } from "tsup";
import manifest from "./package.json" with { type: "json" };

export default defineConfig({
  ...(library({
    index: "src/index.ts",
    conformance: "src/conformance/index.ts",
    "fault-matrix": "src/fault-matrix/index.ts",
    testing: "src/testing/index.ts",
  }) as Options),
  // Importing client-node takes 600 ms, most of it for files that are not used. What is used goes into dist: 150 ms.
  noExternal: ["@kubernetes/client-node"],
  // rollup's pass would undo the minification, which is half of what is won.
  treeshake: false,
  banner: {
    // CommonJS modules inside the bundle ask for Node's own by require().
    js: 'import { createRequire as __fcCreateRequire } from "node:module"; const require = __fcCreateRequire(import.meta.url);',
  },
  esbuildOptions: (options) => {
    options.minifyWhitespace = true;
    options.minifySyntax = true;
    options.sourcesContent = false;
    // Node.js prints the line of an uncaught error: one of 60 kB would bury what it says.
    options.lineLimit = 160;
  },
  define: { __FC_K8S_VERSION__: JSON.stringify(manifest.version) },
});
