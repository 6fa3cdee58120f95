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

/**
 * The stream that a handler writes to. `start` opens the request, with its content type, at the first write or the end. `delivered()`
 * settles when the server has it all; `fail(error)` ends it with an error and is false when nothing was sent yet.
 */
export function responseStream(start) {
  let contentType = "application/octet-stream";
  let sent;
  const request = () => {
    sent ??= start(contentType);
    return sent.request;
  };
  const stream = new Writable({
    write: (chunk, _encoding, done) => request().write(chunk, done),
    final: (done) => request().end(done),
  });
  stream.setContentType = (type) => {
    contentType = type;
  };
  stream.delivered = () => sent.answered;
  stream.fail = async (described) => {
    if (sent === undefined) return false;
    sent.request.addTrailers({
      "Lambda-Runtime-Function-Error-Type": described.errorType.replaceAll(/[^\x20-\x7e]/g, "?"),
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(described)).toString("base64"),
    });
    sent.request.end();
    await sent.answered;
    return true;
  };
  return stream;
}
