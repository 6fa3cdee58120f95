// Runtime client of the embedded cluster's Node image: AWS's handler conventions over the Lambda Runtime API.
import { finished } from "node:stream/promises";
import { installConsole, logError, setRequestId } from "./console.mjs";
import { makeContext } from "./context.mjs";
import { describeError, RuntimeError } from "./errors.mjs";
import { loadHandler } from "./handler.mjs";
import { nextInvocation, postError, postInitError, postResponse, startStream } from "./runtime-api.mjs";
import { installStreaming, isStreaming, responseStream } from "./streaming.mjs";

const exitCodeOfUncaught = 129;
let current;

installConsole();
installStreaming();

async function fail(label, error) {
  const described = describeError(error);
  logError(label, described);
  if (current === undefined) await postInitError(described);
  else await postError(current, described);
}

process.on("uncaughtException", async (error) => {
  await fail("Uncaught Exception", error);
  process.exit(exitCodeOfUncaught);
});
process.on("unhandledRejection", async (reason) => {
  await fail(
    "Unhandled Promise Rejection",
    new RuntimeError("Runtime.UnhandledPromiseRejection", String(reason), reason),
  );
  process.exit(exitCodeOfUncaught);
});

/** Settles with what the handler gives, in whichever of AWS's three ways. */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    let outcome;
    const settle = () => {
      process.removeListener("beforeExit", settle);
      // A handler that ends without any answer has answered null.
      if (outcome?.error !== undefined && outcome.error !== null) reject(outcome.error);
      else resolve(outcome?.value);
    };
    const callback = (error, value) => {
      if (outcome !== undefined) return;
      outcome = { error, value };
      if (!context.callbackWaitsForEmptyEventLoop || (error !== undefined && error !== null)) settle();
    };
    context.succeed = (value) => context.done(null, value);
    context.fail = (error) => context.done(error ?? "handled", undefined);
    context.done = (error, value) => {
      context.callbackWaitsForEmptyEventLoop = false;
      callback(error, value);
    };
    process.on("beforeExit", settle);
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") {
      process.removeListener("beforeExit", settle);
      result.then(resolve, reject);
    }
  });
}

/** Runs a handler that writes its response. What it throws after its first write travels behind what it wrote. */
async function stream(handler, event, context, invocation) {
  const response = responseStream((contentType) => startStream(invocation, contentType));
  try {
    await handler(event, response, context);
    if (!response.writableEnded) response.end();
    await finished(response);
  } catch (error) {
    if (!(await response.fail(describeError(error)))) throw error;
    logError("Invoke Error", describeError(error));
    return;
  }
  await response.delivered();
}

async function handle(handler, invocation) {
  const event = JSON.parse(invocation.body);
  const context = makeContext(invocation);
  if (isStreaming(handler)) {
    await stream(handler, event, context, invocation);
    return;
  }
  const value = await run(handler, event, context);
  await postResponse(invocation, JSON.stringify(value === undefined ? null : value));
}

async function main() {
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER ?? process.argv[2]);
  } catch (error) {
    await fail("Uncaught Exception", error);
    process.exit(1);
  }
  for (;;) {
    current = undefined;
    const invocation = await nextInvocation();
    setRequestId(invocation.requestId);
    process.env._X_AMZN_TRACE_ID = invocation.traceId;
    current = invocation;
    try {
      await handle(handler, invocation);
    } catch (error) {
      await fail("Invoke Error", error);
    }
  }
}

await main();
