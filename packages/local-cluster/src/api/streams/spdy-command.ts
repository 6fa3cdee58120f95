import { once } from "node:events";
import type { Duplex, Writable } from "node:stream";
import { Writable as NodeWritable } from "node:stream";
import type { Pod } from "../../node/pod-types.ts";
import type { ApiContext, ResourceRequest } from "../http/api-request.ts";
import { type RemoteCommandOptions, runRemoteCommand } from "./remote-command.ts";
import { SpdyConnection } from "./spdy-connection.ts";
import type { SpdyStream } from "./spdy-stream.ts";

/** Protocol versions of exec and attach over SPDY that this server has. */
export const spdyCommandProtocols = ["v4.channel.k8s.io", "v5.channel.k8s.io"] as const;

/** Serves one exec or attach over SPDY: the client opens a stream each for error, stdin, stdout, stderr and resize. */
export function serveSpdyCommand(
  context: ApiContext,
  request: ResourceRequest,
  target: { readonly pod: Pod; readonly options: RemoteCommandOptions },
  socket: Duplex,
  head: Buffer,
): void {
  const { options } = target;
  const wanted = [
    "error",
    ...(options.stdin ? ["stdin"] : []),
    ...(options.stdout ? ["stdout"] : []),
    ...(options.stderr ? ["stderr"] : []),
  ];
  const streams = new Map<string, SpdyStream>();
  const gone = new AbortController();
  const connection = new SpdyConnection(socket, head, {
    onClose: () => gone.abort(),
    onStream: (stream) => {
      const type = stream.headers["streamtype"] ?? "";
      if (type === "resize") stream.resume();
      if (!wanted.includes(type) || streams.has(type)) return;
      streams.set(type, stream);
      if (streams.size === wanted.length) void start();
    },
  });
  const start = async (): Promise<void> => {
    const stdout = streams.get("stdout") ?? discard();
    const status = await runRemoteCommand(context, request, target, {
      ...{ stdin: streams.get("stdin"), stdout, stderr: streams.get("stderr") ?? (options.tty ? stdout : discard()) },
      signal: AbortSignal.any([gone.signal, context.closing]),
    });
    if (gone.signal.aborted) return;
    const closing: Writable[] = [...streams]
      .filter(([type]) => type !== "stdin" && type !== "error")
      .map(([, stream]) => stream);
    await Promise.all(closing.map(ended));
    const error = streams.get("error");
    error?.write(JSON.stringify(status));
    if (error !== undefined) await ended(error);
    connection.close();
  };
}

async function ended(stream: Writable): Promise<void> {
  if (stream.writableFinished || stream.destroyed) return;
  const finished = once(stream, "finish");
  stream.end();
  await finished;
}

function discard(): Writable {
  return new NodeWritable({ write: (_chunk, _encoding, done) => done() });
}
