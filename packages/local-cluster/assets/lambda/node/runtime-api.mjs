// The Lambda Runtime API, version 2018-06-01, over one kept connection.
import http from "node:http";

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const colon = process.env.AWS_LAMBDA_RUNTIME_API.lastIndexOf(":");
const target = {
  agent,
  host: process.env.AWS_LAMBDA_RUNTIME_API.slice(0, colon),
  port: Number(process.env.AWS_LAMBDA_RUNTIME_API.slice(colon + 1)),
};

function call(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ ...target, method, path: `/2018-06-01/runtime/${path}`, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
      response.on("error", reject);
    });
    request.setNoDelay(true);
    request.on("error", reject);
    request.end(body);
  });
}

export async function nextInvocation() {
  const { status, headers, body } = await call("GET", "invocation/next");
  if (status !== 200) throw new Error(`The Runtime API answered ${status} to next: ${body}`);
  return {
    body,
    requestId: headers["lambda-runtime-aws-request-id"],
    deadlineMs: Number(headers["lambda-runtime-deadline-ms"]),
    functionArn: headers["lambda-runtime-invoked-function-arn"],
    traceId: headers["lambda-runtime-trace-id"],
    clientContext: headers["lambda-runtime-client-context"],
    cognitoIdentity: headers["lambda-runtime-cognito-identity"],
  };
}

export function postResponse(invocation, body) {
  return call("POST", `invocation/${invocation.requestId}/response`, json(body), body);
}

export function postError(invocation, error) {
  return report(`invocation/${invocation.requestId}/error`, error);
}

export function postInitError(error) {
  return report("init/error", error);
}

/** A streamed response: the request, to be written to, and its end as a promise. */
export function startStream(invocation, contentType) {
  const { promise: answered, resolve, reject } = Promise.withResolvers();
  const path = `/2018-06-01/runtime/invocation/${invocation.requestId}/response`;
  const headers = {
    "content-type": contentType,
    "lambda-runtime-function-response-mode": "streaming",
    "transfer-encoding": "chunked",
    trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
  };
  const request = http.request({ ...target, method: "POST", path, headers }, (response) =>
    response.resume().on("end", resolve),
  );
  request.on("error", reject);
  return { request, answered };
}

function report(path, error) {
  const body = JSON.stringify(error);
  return call(
    "POST",
    path,
    { ...json(body), "lambda-runtime-function-error-type": error.errorType.replaceAll(/[^\x20-\x7e]/g, "?") },
    body,
  );
}

function json(body) {
  return { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
}
