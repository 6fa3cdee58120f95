/** A Node.js function that does what its event says. `throwing` throws where `handler` rejects, `streaming` streams. */
export const nodeProbe = `
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";

console.log("probe loaded");
// Of an extension that was there before. It is taken away, as /tmp may be the machine's own.
const marked = fs.existsSync(process.env.MARK ?? "");
if (marked) fs.rmSync(process.env.MARK);
const require = createRequire(import.meta.url);
const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let count = 0;
let running = 0;
let most = 0;

const commands = {
  echo: ({ value }) => value,
  nothing: () => undefined,
  digest: ({ text }) => ({ length: text.length, digest: createHash("sha256").update(text).digest("hex") }),
  repeat: ({ text, times }) => ({ text: text.repeat(times) }),
  count: () => ({ count, most, pid: process.pid }),
  sleep: async ({ ms }) => {
    const from = Date.now();
    console.log("sleeping");
    await sleep(ms);
    return { from, to: Date.now() };
  },
  throw: ({ name, message }) => {
    throw new globalThis[name](message);
  },
  exit: ({ status, out }) => {
    if (out !== undefined) console.log(out);
    process.exit(status);
  },
  exitSoon: () => {
    setTimeout(() => process.exit(1), 50);
    return {};
  },
  kill: async () => {
    process.kill(process.pid, "SIGKILL");
    await sleep(60_000);
  },
  allocate: () => {
    const kept = [];
    for (;;) kept.push(Buffer.alloc(16 << 20, 1));
  },
  hold: async ({ megabytes, ms }) => {
    const kept = Buffer.alloc(megabytes << 20, 1);
    await sleep(ms);
    return { held: kept.length };
  },
  log: ({ out = "", err = "" }) => {
    if (out !== "") console.log(out);
    if (err !== "") console.error(err);
    return {};
  },
  context: (_, context) => ({
    requestId: context.awsRequestId,
    arn: context.invokedFunctionArn,
    name: context.functionName,
    version: context.functionVersion,
    memory: context.memoryLimitInMB,
    logGroup: context.logGroupName,
    remaining: context.getRemainingTimeInMillis(),
    client: context.clientContext,
    traceId: process.env._X_AMZN_TRACE_ID,
  }),
  environment: ({ names }) => Object.fromEntries(names.map((name) => [name, process.env[name] ?? null])),
  file: ({ path }) => {
    const file = path.startsWith("/") ? path : root + "/" + path;
    const link = fs.lstatSync(file).isSymbolicLink() ? fs.readlinkSync(file) : null;
    return { text: fs.readFileSync(file, "utf8"), mode: fs.statSync(file).mode & 0o777, link };
  },
  require: ({ module }) => ({ text: require(module).text }),
  fill: ({ path, megabytes }) => {
    const file = fs.openSync(path, "w");
    for (let written = 0; written < megabytes; written += 1) fs.writeSync(file, Buffer.alloc(1 << 20, 1));
    fs.closeSync(file);
    return { bytes: fs.statSync(path).size };
  },
  linger: async ({ path }) => {
    const script = 'while echo x >>"$1"; do sleep 0.01; done';
    for (const detached of [false, true])
      spawn("/bin/sh", ["-c", script, "sh", path], { detached, stdio: "ignore" }).unref();
    await sleep(60_000);
  },
  size: ({ path }) => ({ bytes: fs.statSync(path).size }),
  exists: ({ path }) => ({ exists: fs.existsSync(path) }),
  marked: () => ({ marked }),
};

export const handler = async (event, context) => {
  count += 1;
  running += 1;
  most = Math.max(most, running);
  try {
    return await commands[event.do](event, context);
  } finally {
    running -= 1;
  }
};

const streamed = async (event, stream) => {
  stream.setContentType("text/fc-probe");
  for (const chunk of event.chunks) {
    stream.write(chunk);
    await sleep(event.pauseMs);
  }
  if (event.exit !== undefined) process.exit(event.exit);
  stream.end();
};
export const streaming = globalThis.awslambda?.streamifyResponse(streamed);

export const throwing = (event) => commands.throw(event);
`;
