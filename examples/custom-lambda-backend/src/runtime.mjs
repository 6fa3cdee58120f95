// Runs in the function's process: loads the handler, then answers one event after the other over the channel to the backend.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { env } = process;
const [module, name] = env._HANDLER.split(/\.(?=[^.]*$)/);
// One stream keeps the order of what is written to both.
process.stderr.write = process.stdout.write.bind(process.stdout);
process.on("disconnect", () => process.exit());

const described = (error, errorType = error?.name ?? "Error") =>
  JSON.stringify({ errorType, errorMessage: error?.message ?? String(error), trace: error?.stack?.split("\n") ?? [] });

async function loadHandler() {
  const file = [".mjs", ".js", ".cjs"].map((ending) => join(env.LAMBDA_TASK_ROOT, module + ending)).find(existsSync);
  if (file === undefined)
    throw Object.assign(new Error(`Cannot find module '${module}'`), { code: "MODULE_NOT_FOUND" });
  const loaded = await import(pathToFileURL(file));
  return loaded[name] ?? loaded.default?.[name];
}

function contextOf({ requestId, invokedFunctionArn, deadlineMs, clientContext }) {
  return {
    awsRequestId: requestId,
    invokedFunctionArn,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: clientContext === undefined ? undefined : JSON.parse(clientContext),
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

async function answer(handler, event, context) {
  if (context.traceId === undefined) delete env._X_AMZN_TRACE_ID;
  else env._X_AMZN_TRACE_ID = context.traceId;
  try {
    return { answer: JSON.stringify(await handler(JSON.parse(event), contextOf(context))) ?? "null" };
  } catch (error) {
    return { error: described(error) };
  }
}

function fail(failed) {
  process.send({ failed }, () => process.exit(1));
}

try {
  const handler = await loadHandler();
  if (typeof handler === "function") {
    process.on("message", async ({ event, context }) => {
      const word = await answer(handler, event, context);
      process.stdout.write(`\0${context.requestId}\n`);
      process.send(word);
    });
    process.send({ ready: true });
  } else fail(described(new Error(`${env._HANDLER} is undefined or not exported`), "Runtime.HandlerNotFound"));
} catch (error) {
  fail(described(error, error?.code === "MODULE_NOT_FOUND" ? "Runtime.ImportModuleError" : undefined));
}
