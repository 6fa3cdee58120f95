/** `pnpm start`: builds, makes sure of the engines, and becomes the server, with the arguments handed on. */
import { prepare } from "./lib/prepare.ts";
import { stopWithParent } from "./lib/stop-with-parent.ts";

stopWithParent();
await prepare();
await import(new URL("../packages/server/dist/main.js", import.meta.url).href);
