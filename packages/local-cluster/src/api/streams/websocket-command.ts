import { PassThrough, Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { Pod } from "../../node/pod-types.ts";
import type { ApiContext, ResourceRequest } from "../http/api-request.ts";
import { type RemoteCommandOptions, runRemoteCommand } from "./remote-command.ts";

/** The protocols of exec and attach over WebSocket, best first. v5 adds the end of stdin. */
export const commandProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, closeSignal: 255 } as const;

/** Serves one exec or attach over an open WebSocket: binary messages whose first byte is the channel. */
export async function serveWebSocketCommand(
  context: ApiContext,
  request: ResourceRequest,
  target: { readonly pod: Pod; readonly options: RemoteCommandOptions },
  socket: WebSocket,
): Promise<void> {
  const { options } = target;
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  socket.once("error", () => gone.abort());
  const stdin = options.stdin ? readStdin(socket) : undefined;
  // The first message is empty: it tells the client that the streams are connected.
  if (options.stdout) socket.send(Buffer.from([channels.stdout]));
  else if (options.stderr) socket.send(Buffer.from([channels.stderr]));
  const status = await runRemoteCommand(context, request, target, {
    stdin,
    stdout: options.stdout ? channelWriter(socket, channels.stdout) : discard(),
    stderr: options.stderr
      ? channelWriter(socket, channels.stderr)
      : options.tty
        ? channelWriter(socket, channels.stdout)
        : discard(),
    signal: AbortSignal.any([gone.signal, context.closing]),
  });
  socket.resume();
  if (socket.readyState !== socket.OPEN) return;
  socket.send(Buffer.concat([Buffer.from([channels.error]), Buffer.from(JSON.stringify(status))]));
  socket.close(1000);
}

function readStdin(socket: WebSocket): PassThrough {
  const stdin = new PassThrough({ highWaterMark: 256 * 1024 });
  stdin.on("drain", () => socket.resume());
  stdin.on("error", () => undefined);
  socket.on("message", (data: Buffer) => {
    const channel = data[0];
    if (channel === channels.closeSignal && data[1] === channels.stdin) stdin.end();
    if (channel !== channels.stdin || data.length === 1 || stdin.writableEnded || stdin.destroyed) return;
    if (!stdin.write(data.subarray(1))) socket.pause();
  });
  socket.once("close", () => stdin.end());
  return stdin;
}

/** A stream whose chunks become messages on one channel; it waits for each to leave, so a slow client slows the process. */
function channelWriter(socket: WebSocket, channel: number): Writable {
  const prefix = Buffer.from([channel]);
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      // After the client has left, output goes nowhere; the process is ended by the signal.
      if (socket.readyState !== socket.OPEN) return done();
      socket.send(Buffer.concat([prefix, chunk]), () => done());
    },
  });
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
