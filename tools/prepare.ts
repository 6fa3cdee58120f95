/** Before the commands that start the built server: they work on a fresh clone, too. */
import { prepare } from "./lib/prepare.ts";

await prepare();
