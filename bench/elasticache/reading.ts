import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "./engine.ts";

const program = fileURLToPath(new URL("get-reader.ts", import.meta.url));

/** Milliseconds of GETs of a key, one after the other, from another process, while `work` is done. */
export async function readingDuring(
  { address, port }: Endpoint,
  key: string,
  work: () => Promise<unknown>,
): Promise<Float64Array> {
  const reader = fork(program, [address, String(port), key], { serialization: "advanced" });
  const ended = new AbortController();
  reader.once("exit", (code) => ended.abort(new Error(`The reader ended with ${code}`)));
  const { signal } = ended;
  try {
    await once(reader, "message", { signal });
    await work();
    const times = once(reader, "message", { signal });
    reader.send("stop");
    return (await times)[0] as Float64Array;
  } finally {
    reader.kill();
  }
}
