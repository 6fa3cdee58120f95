// The global `awslambda`: handlers that write their response piece by piece.
import { Writable } from "node:stream";

const mark = Symbol.for("aws.lambda.runtime.handler.streaming");

export function installStreaming() {
  globalThis.awslambda = {
    streamifyResponse: (handler) => Object.defineProperty(handler, mark, { value: "response" }),
    HttpResponseStream: {
      // The metadata of an HTTP response, eight NUL bytes, then its body.
      from: (stream, metadata) => {
        stream.setContentType("application/vnd.awslambda.http-integration-response");
        stream.write(JSON.stringify(metadata));
        stream.write(Buffer.alloc(8));
        return stream;
      },
    },
  };
}

export function isStreaming(handler) {
  return handler[mark] === "response";
}

/** The stream that a handler writes to. `delivered` settles when the server has it all. */
export function responseStream({ request, answered }) {
  const stream = new Writable({
    write: (chunk, _encoding, done) => request.write(chunk, done),
    final: (done) => request.end(done),
  });
  stream.setContentType = (type) => {
    if (!request.headersSent) request.setHeader("content-type", type);
  };
  stream.delivered = answered;
  return stream;
}
