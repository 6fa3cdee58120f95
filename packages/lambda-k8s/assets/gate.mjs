// Gate for Node: loaded with `--import` before the runtime client, which it delays until the function's code is here.
import fs from "node:fs";
import Module, { createRequire } from "node:module";
import net from "node:net";

const { FC_GATE, FC_TOKEN, FC_EXTENSION, FC_TASK = "/var/task", FC_OPT = "/opt" } = process.env;
const own = ["GATE", "TOKEN", "KIND", "TASK", "OPT", "TMP", "SOURCE", "EXTENSION", "ENTRY"].map((name) => `FC_${name}`);
for (const name of [...own, "NODE_OPTIONS"]) delete process.env[name];

if (FC_GATE !== undefined) {
  // The output is a TCP connection to the server: a line must not wait for the one before to be acknowledged.
  for (const stream of [process.stdout, process.stderr]) stream.setNoDelay?.(true);
  await preload();
  const { env, defaults, files, content } = parse(await fetch("pack"));
  unpack(files, content);
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
  Object.assign(process.env, env);
  if (process.argv.length > 2) process.argv[2] = env._HANDLER;
  Module._initPaths(); // reads NODE_PATH again
  await startExtensions(files);
}

/** Loads what the runtime client will need while there is nothing else to do. */
async function preload() {
  const runtime = process.env.LAMBDA_RUNTIME_DIR ?? "/var/runtime";
  const require = createRequire("/var/runtime/");
  const core = [
    "path",
    "util",
    "stream",
    "http",
    "timers/promises",
    "async_hooks",
    "worker_threads",
    "os",
    "events",
    "url",
  ];
  for (const name of core) require(`node:${name}`);
  const clients = ["/var/runtime/rapid-client.node", "/var/runtime/node_modules/aws-lambda-ric/rapid-client.node"];
  for (const path of clients) {
    try {
      if (fs.existsSync(path)) require(path);
    } catch {
      // The runtime client will load it, or tell why it cannot.
    }
  }
  // The client of the embedded cluster names itself what can be loaded ahead.
  if (fs.existsSync(`${runtime}/preload.mjs`)) await import(`file://${runtime}/preload.mjs`);
}

/** Starts the programs in /opt/extensions and waits until all have registered. */
async function startExtensions(files) {
  const isProgram = ([path, mode, , link]) =>
    /^\/opt\/extensions\/[^/]+$/.test(path) && mode & 0o111 && link === undefined;
  const programs = files.filter(isProgram).map(([path]) => `${FC_OPT}${path.slice("/opt".length)}`);
  if (programs.length === 0) return;
  const { spawn } = await import("node:child_process");
  for (const program of programs) {
    const env = { ...process.env, FC_GATE, FC_TOKEN };
    const child = spawn("/bin/bash", ["-c", FC_EXTENSION, program], { stdio: ["ignore", "inherit", "inherit"], env });
    child.on("error", (error) => console.error(`The extension ${program} does not start: ${error.message}`));
    child.unref();
  }
  await fetch("extensions");
}

function fetch(what) {
  const colon = FC_GATE.lastIndexOf(":");
  const target = {
    host: FC_GATE.slice(0, colon).replace(/^\[|\]$/g, ""),
    port: Number(FC_GATE.slice(colon + 1)),
    noDelay: true,
  };
  return new Promise((resolve, reject) => {
    const chunks = [];
    let [received, expected] = [0, 0];
    const socket = net.connect(target, () =>
      socket.write(`GET /gate/${FC_TOKEN}/${what} HTTP/1.1\r\nHost: gate\r\n\r\n`),
    );
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      expected ||= answerLength(Buffer.concat(chunks));
      if (expected === 0 || received < expected) return;
      socket.destroy(); // tells the server that everything is here
      resolve(Buffer.concat(chunks));
    });
    socket.on("end", () => reject(new Error(`The gate hung up after ${received} bytes`)));
    socket.on("error", reject);
  });
}

/** How long the whole answer is, or 0 while its head is not complete. */
function answerLength(start) {
  const head = start.indexOf("\r\n\r\n") + 4;
  if (head < 4) return 0;
  return head + Number(/^content-length: (\d+)/im.exec(start.toString("latin1", 0, head))?.[1] ?? 0);
}

function parse(answer) {
  const start = answer.indexOf("\r\n\r\n") + 4;
  const head = answer.toString("latin1", 0, start);
  if (!/^HTTP\/1\.\d 200 /.test(head)) throw new Error(`The gate answered ${head.split("\r\n")[0]}`);
  const length = answer.readUInt32BE(start);
  const meta = JSON.parse(answer.toString("utf8", start + 4, start + 4 + length));
  return { ...meta, content: answer.subarray(start + 4 + length) };
}

function unpack(files, content) {
  const folders = new Set();
  let offset = 0;
  for (const [path, mode, size, link] of files) {
    const target = path.replace(/^\/(var\/task|opt)(?=\/)/, (_, root) => (root === "opt" ? FC_OPT : FC_TASK));
    const folder = target.slice(0, target.lastIndexOf("/"));
    if (!folders.has(folder)) {
      fs.mkdirSync(folder, { recursive: true });
      folders.add(folder);
    }
    if (link !== undefined) fs.symlinkSync(link, target);
    else {
      const file = fs.openSync(target, "w", mode);
      for (let at = 0; at < size; ) at += fs.writeSync(file, content, offset + at, size - at);
      fs.fchmodSync(file, mode); // whatever the umask is
      fs.closeSync(file);
    }
    offset += size;
  }
}
