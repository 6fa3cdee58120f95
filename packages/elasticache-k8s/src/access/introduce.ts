import type { Duplex } from "node:stream";
import { FcError } from "@fc/core";
import { EngineReplyError, encodeCommand } from "../resp/resp-connection.ts";
import { adminUser } from "./admin-user.ts";

const longestReply = 4096;

/**
 * Makes a fresh connection the admin's, and leaves the stream as if nothing had been said on it.
 * @throws EngineReplyError when the engine refuses; FcError `FC_RESP_CLOSED` when it closes; the signal's reason.
 */
export async function introduce(duplex: Duplex, password: string, signal: AbortSignal): Promise<void> {
  const line = firstLine(duplex, signal);
  duplex.write(encodeCommand(["AUTH", adminUser, password]));
  const reply = await line;
  if (reply !== "+OK") throw new EngineReplyError(reply.replace(/^-/, ""));
}

/** Reads up to the first line's end and puts back what comes after it. */
function firstLine(duplex: Duplex, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const done = (settle: () => void): void => {
      duplex.off("readable", onReadable);
      duplex.off("error", onError);
      duplex.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const fail = (error: Error): void =>
      done(() => {
        duplex.on("error", () => undefined);
        duplex.destroy();
        reject(error);
      });
    const onError = (error: Error): void => fail(error);
    const onClose = (): void =>
      fail(new FcError("FC_RESP_CLOSED", "The engine closed the connection", { retryable: true }));
    const onAbort = (): void => fail(signal.reason as Error);
    const onReadable = (): void => {
      for (let chunk = duplex.read() as Buffer | null; chunk !== null; chunk = duplex.read() as Buffer | null) {
        read = Buffer.concat([read, chunk]);
        const end = read.indexOf("\r\n");
        if (end < 0 && read.length <= longestReply) continue;
        if (end < 0) {
          fail(new FcError("FC_RESP_MALFORMED", "Not a RESP reply"));
          return;
        }
        done(() => {
          if (read.length > end + 2) duplex.unshift(read.subarray(end + 2));
          resolve(read.subarray(0, end).toString("utf8"));
        });
        return;
      }
    };
    duplex.on("readable", onReadable);
    duplex.on("error", onError);
    duplex.on("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
