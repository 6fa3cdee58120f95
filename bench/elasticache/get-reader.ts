/**
 * A process of its own that sends GETs to an engine, one after the other, until it is told to stop, and then tells how many milliseconds each
 * took. In the bench's process it would wait for whatever else that does.
 */
import { Engine } from "./engine.ts";

const [address = "", port = "", key = ""] = process.argv.slice(2);
using engine = new Engine({ address, port: Number(port) });
await engine.call("PING");
let going = true;
// Listening also keeps the process alive until it is ended, and so until the times have been read.
process.on("message", () => {
  going = false;
});
process.send?.("reading");
const times: number[] = [];
while (going) {
  const started = performance.now();
  await engine.call("GET", key);
  times.push(performance.now() - started);
}
process.send?.(Float64Array.from(times));
