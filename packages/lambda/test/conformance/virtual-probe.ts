import { createHash } from "node:crypto";
import { posix } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type MemoryContext, MemoryFault, MemoryStreamedResponse } from "../../src/testing/index.ts";
import type { VirtualFiles } from "./virtual-code.ts";
import { withTelemetry } from "./virtual-telemetry.ts";

/** One environment's state. */
export interface ProbeState {
  readonly files: VirtualFiles;
  pid: number;
  /** Ends what the function left running. */
  endProcesses: () => void;
  /** Runs the init phase that a new process begins with; undefined when that is done. */
  begin: ((context: MemoryContext) => Promise<void>) | undefined;
  /** How often the code was loaded. */
  inits: number;
  /** Sizes of the files in its `/tmp`, by path. */
  readonly tmp: Map<string, number>;
  readonly lose: () => void;
  mostMemoryMb: number;
  count: number;
  running: number;
  most: number;
}

interface ProbeEvent {
  readonly do: string;
  readonly value: unknown;
  readonly text: string;
  readonly times: number;
  readonly ms: number;
  readonly name: string;
  readonly message: string;
  readonly status: number;
  readonly out?: string;
  readonly err?: string;
  readonly child?: string;
  readonly names: readonly string[];
  readonly path: string;
  readonly module: string;
  readonly megabytes: number;
  readonly chunks: readonly string[];
  readonly pauseMs: number;
  readonly exit?: number;
}

/** The conformance probe as a callback: what its code does in Node.js, Python and bash, done in memory. */
export async function virtualProbe(value: unknown, context: MemoryContext, state: ProbeState): Promise<unknown> {
  const event = value as ProbeEvent;
  const { begin } = state;
  state.begin = undefined;
  await begin?.(context);
  const run = (seen: MemoryContext): Promise<unknown> => runProbe(event, seen, state);
  return state.files.has("/opt/extensions/telemetry") ? withTelemetry(context, state.count === 0, run) : run(context);
}

async function runProbe(event: ProbeEvent, context: MemoryContext, state: ProbeState): Promise<unknown> {
  state.count += 1;
  state.running += 1;
  state.most = Math.max(state.most, state.running);
  try {
    const extended = state.files.has("/opt/extensions/probe");
    if (state.count === 1) context.log(`${extended ? "extension starts\n" : ""}probe loaded\n`);
    if (extended) failExtension(context, state);
    if (context.spec.runtime.startsWith("provided")) return bootstrap(event, context);
    if (context.spec.handler.endsWith(".streaming"))
      return new MemoryStreamedResponse(streamed(event), "text/fc-probe");
    const command = commands[event.do];
    if (command === undefined) throw new Error(`There is no command ${event.do}`);
    return await command(event, context, state);
  } finally {
    state.running -= 1;
  }
}

/** The extension at work. */
function failExtension({ spec, requestId }: MemoryContext, state: ProbeState): void {
  const failsAt = spec.environment["EXTENSION"];
  const ends: Readonly<Record<string, readonly [type: string, status: number]>> = {
    crash: ["Extension.Crash", 2],
    "exit/error": ["Extension.ExitError", 1],
  };
  const [name, status] = ends[failsAt ?? ""] ?? [];
  if (name === undefined) return;
  state.count = 0;
  throw Object.assign(new Error(`RequestId: ${requestId} Error: exit status ${status}`), { name });
}

type Command = (event: ProbeEvent, context: MemoryContext, state: ProbeState) => unknown;

const commands: Readonly<Record<string, Command>> = {
  echo: ({ value }) => value,
  nothing: () => undefined,
  digest: ({ text }) => ({ length: text.length, digest: createHash("sha256").update(text).digest("hex") }),
  repeat: ({ text, times }) => ({ text: text.repeat(times) }),
  count: (_, __, { count, most, pid }) => ({ count, most, pid }),
  sleep: async ({ ms }, { deadlineMs, log }) => {
    const from = Date.now();
    log("sleeping\n");
    await work(ms, deadlineMs);
    return { from, to: Date.now() };
  },
  throw: ({ name, message }) => {
    throw Object.assign(new Error(message), { name });
  },
  exit: ({ status, out }, { log }) => {
    if (out !== undefined) log(`${out}\n`);
    throw exit(status);
  },
  exitSoon: (_, __, { lose }) => {
    setTimeout(lose, 5);
    return {};
  },
  kill: () => {
    throw new MemoryFault("crash", "with error: signal: killed");
  },
  allocate: () => {
    throw new MemoryFault("out-of-memory");
  },
  hold: async ({ megabytes, ms }, { deadlineMs }, state) => {
    state.mostMemoryMb = Math.max(state.mostMemoryMb, megabytes + 1);
    await work(ms, deadlineMs);
    return { held: megabytes << 20 };
  },
  log: ({ out = "", err = "", child = "" }, { log }) => {
    for (const text of [out, err, child]) if (text !== "") log(`${text}\n`);
    return {};
  },
  context: (_, context) => ({
    requestId: context.requestId,
    arn: context.invokedFunctionArn,
    name: context.spec.functionName,
    version: context.spec.version,
    memory: String(context.spec.memorySizeMb),
    logGroup: context.spec.logGroup,
    remaining: context.deadlineMs - Date.now(),
    client: context.clientContext === undefined ? undefined : JSON.parse(context.clientContext),
    traceId: context.traceId,
  }),
  environment: ({ names }, context, { files }) => {
    const wrapper = files.get(context.spec.environment["AWS_LAMBDA_EXEC_WRAPPER"] ?? "")?.text ?? "";
    const [, name = "", value = ""] = /export (\w+)=(\w+)/.exec(wrapper) ?? [];
    const variables = { ...variablesOf(context), [name]: value };
    return Object.fromEntries(names.map((name) => [name, variables[name] ?? null]));
  },
  file: ({ path }, _, { files }) => {
    const whole = posix.resolve("/var/task", path);
    const file = files.get(whole);
    if (file === undefined) throw new Error(`ENOENT: ${path}`);
    const target = file.link === null ? file : files.get(posix.resolve(posix.dirname(whole), file.link));
    return { text: target?.text, mode: target?.mode, link: file.link };
  },
  require: ({ module }, _, { files }) => ({
    text: /'(.*)'/.exec(files.get(`/opt/nodejs/node_modules/${module}/index.js`)?.text ?? "")?.[1],
  }),
  fill: ({ path, megabytes }, _, { tmp }) => {
    tmp.set(path, megabytes << 20);
    return { bytes: tmp.get(path) };
  },
  linger: async ({ path }, { deadlineMs }, state) => {
    const ticking = setInterval(() => state.tmp.set(path, (state.tmp.get(path) ?? 0) + 2), 10);
    state.endProcesses = () => clearInterval(ticking);
    await work(60_000, deadlineMs);
  },
  size: ({ path }, _, { tmp }) => ({ bytes: tmp.get(path) }),
  inits: (_, __, { inits }) => ({ inits }),
  exists: ({ path }, _, { tmp }) => ({ exists: tmp.has(path) }),
  marked: (_, { spec }, { files }) => ({
    marked: files.has("/opt/extensions/probe") && spec.environment["MARK"] !== undefined,
  }),
};

function bootstrap(event: ProbeEvent, { spec, log }: MemoryContext): unknown {
  log(`event ${JSON.stringify(event)}\n`);
  if (event.do === "exit") throw exit(3);
  return { handler: spec.handler, greeting: spec.environment["GREETING"], event };
}

async function work(ms: number, deadlineMs: number): Promise<void> {
  const left = deadlineMs - Date.now();
  await delay(Math.min(ms, left), undefined, { ref: false });
  if (left < ms) throw new MemoryFault("timeout");
}

async function* streamed({ chunks, pauseMs, exit: status }: ProbeEvent): AsyncIterable<string> {
  for (const chunk of chunks) {
    yield chunk;
    await delay(pauseMs, undefined, { ref: false });
  }
  if (status !== undefined) throw exit(status);
}

function exit(status: number): MemoryFault {
  return new MemoryFault("crash", status === 0 ? "without providing a reason" : `with error: exit status ${status}`);
}

function variablesOf({ spec, logStreamName, initializationType }: MemoryContext): Readonly<Record<string, string>> {
  return {
    ...spec.environment,
    _HANDLER: spec.handler,
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySizeMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: initializationType,
    AWS_LAMBDA_LOG_FORMAT: spec.logging?.format ?? "Text",
    ...(spec.logging?.applicationLevel && { AWS_LAMBDA_LOG_LEVEL: spec.logging.applicationLevel }),
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    AWS_ACCESS_KEY_ID: spec.account,
    AWS_SECRET_ACCESS_KEY: "memory",
    AWS_SESSION_TOKEN: "memory",
    LAMBDA_TASK_ROOT: "/var/task",
  };
}
