/** `pnpm start`: builds, makes sure of the engines, and becomes the server, with the arguments handed on. */
import { build } from "./lib/build.ts";
import { ensureEngines } from "./lib/ensure-engines.ts";
import { stopWithParent } from "./lib/stop-with-parent.ts";

stopWithParent();
await build();
ensureEngines();
await import(new URL("../packages/server/dist/main.js", import.meta.url).href);
