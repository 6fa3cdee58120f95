// Runs in the function's process: a client of AWS's Runtime API.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const { env } = process;
// One stream keeps the order of what is written to both.
process.stderr.write = process.stdout.write.bind(process.stdout);
// The server is gone.
process.on("disconnect", () => process.exit());

/** Not by fetch, which gives up when no event comes for five minutes. The log goes first: the server takes what it has by then. */
async function call(method, path, body) {
  await new Promise((flushed) => process.stdout.write("", flushed));
  const sent = request(`http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/${path}`, { method }).end(body);
  const [{ headers }, answer] = await once(sent, "response").then(async ([got]) => [got, await text(got)]);
  return { headers, answer };
}

const described = (error, errorType = error?.name ?? "Error") =>
  JSON.stringify({ errorType, errorMessage: error?.message ?? String(error), trace: error?.stack?.split("\n") ?? [] });

async function loadHandler() {
  const [module, name] = env._HANDLER.split(/\.(?=[^.]*$)/);
  const path = join(env.LAMBDA_TASK_ROOT, module);
  const file = [".mjs", ".js", ".cjs"].map((ending) => path + ending).find(existsSync);
  const loaded = await import(pathToFileURL(file ?? createRequire(path).resolve(path)));
  const handler = loaded[name] ?? loaded.default?.[name];
  if (typeof handler === "function") return handler;
  const error = new Error(`${env._HANDLER} is undefined or not exported`);
  throw Object.assign(error, { name: "Runtime.HandlerNotFound" });
}

const contextOf = (headers) => ({
  awsRequestId: headers["lambda-runtime-aws-request-id"],
  invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
  functionName: env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  clientContext: JSON.parse(headers["lambda-runtime-client-context"] ?? "null") ?? undefined,
  getRemainingTimeInMillis: () => headers["lambda-runtime-deadline-ms"] - Date.now(),
});

const handler = await loadHandler().catch(async (error) => {
  const errorType = error?.code === "MODULE_NOT_FOUND" ? "Runtime.ImportModuleError" : undefined;
  await call("POST", "init/error", described(error, errorType));
  process.exit(1);
});
for (;;) {
  const { headers, answer: event } = await call("GET", "invocation/next");
  const context = contextOf(headers);
  env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  const [kind, body] = await (async () => handler(JSON.parse(event), context))().then(
    (value) => ["response", JSON.stringify(value) ?? "null"],
    (error) => ["error", described(error)],
  );
  await call("POST", `invocation/${context.awsRequestId}/${kind}`, body);
}
