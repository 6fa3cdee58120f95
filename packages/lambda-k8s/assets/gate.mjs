// Gate for Node: loaded with `--import` before the runtime client, which it delays until the function's code is here. Nobody waits
// for a Pod of the pool: whatever can be done before its function comes is done here, so that V8 has compiled what will run.
import { createHash } from "node:crypto";
import fs from "node:fs";
import Module, { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import v8 from "node:v8";

const { FC_GATE, FC_TOKEN, FC_TASK = "/var/task", FC_OPT = "/opt", FC_TMP = "/tmp" } = process.env;
const own = ["GATE", "TOKEN", "KIND", "TASK", "OPT", "TMP", "SOURCE", "ENTRY"].map((name) => `FC_${name}`);
for (const name of [...own, "NODE_OPTIONS"]) delete process.env[name];

/** Of the memory that takes the code as it comes. */
const pieceBytes = 256 * 1024;

if (FC_GATE !== undefined) {
  // The output is a TCP connection to the server: a line must not wait for the one before to be acknowledged.
  for (const stream of [process.stdout, process.stderr]) stream.setNoDelay?.(true);
  await preload();
  await rehearse();
  if (!delayClient()) await open();
}

/** Waits for the function, and makes its environment. */
async function open() {
  const { env, defaults, extensions } = await fetchPack();
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
  Object.assign(process.env, env);
  if (process.argv.length > 2) process.argv[2] = env._HANDLER;
  Module._initPaths(); // reads NODE_PATH again
  if (extensions) await fetch("GET extensions"); // answered when all have registered
}

/** The addon of AWS's runtime client, which is one file beside it. */
function addonPath() {
  return path.join(path.dirname(process.argv[1] ?? ""), "rapid-client.node");
}

/** Loads what the runtime client will need. */
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
  try {
    if (fs.existsSync(addonPath())) require(addonPath());
  } catch {
    // The runtime client will load it, or tell why it cannot.
  }
  // The first look-up of a name starts threads and reads the resolver's files.
  const [name] = process.env.AWS_LAMBDA_RUNTIME_API?.split(":") ?? [];
  if (name !== undefined) require("node:dns").lookup(name, () => undefined);
  // The client of the embedded cluster names itself what can be loaded ahead.
  if (fs.existsSync(`${runtime}/preload.mjs`)) await import(`file://${runtime}/preload.mjs`);
}

/** Takes a pack, loads a module of either kind and asks the server, all as it will be with the function, and leaves nothing of it. */
async function rehearse() {
  let folder;
  try {
    folder = fs.mkdtempSync(`${FC_TMP}/.fc-`);
    const text = JSON.stringify({
      files: ["index.mjs", "index.cjs"].map((name) => [`${folder}/code/${name}`, 0o666, 1]),
    });
    const start = Buffer.from(`....${text};;`);
    start.writeUInt32BE(text.length);
    const pack = Buffer.concat([start, createHash("sha256").update(start).digest()]);
    const unpacker = createUnpacker();
    const answer = readAnswer(unpacker.take);
    answer.read(Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${pack.length}\r\n\r\n`));
    answer.read(pack);
    unpacker.finish();
    await import(pathToFileURL(`${folder}/code/index.mjs`));
    createRequire(`${folder}/code/`)("./index.cjs");
    await fetch("POST direct");
  } catch {
    // What does not work here will tell so when the function comes; a runtime that begins anew may find the disk full.
  } finally {
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Has AWS's runtime client read and compiled ahead: its first statement opens the gate. False for any other client: where it is
 * several modules, those that the first one imports run before that statement.
 */
function delayClient() {
  if (Module.registerHooks === undefined || !fs.existsSync(addonPath())) return false;
  const hooks = Module.registerHooks({
    load(url, context, nextLoad) {
      hooks.deregister();
      const loaded = nextLoad(url, context);
      // Its functions are compiled with it, and not each when it is first called.
      v8.setFlagsFromString("--no-lazy");
      const source = Buffer.from(loaded.source).toString("utf8").replace(/^#!.*/, "");
      return { ...loaded, source: `await fcGate();${source}` };
    },
  });
  globalThis.fcGate = () => {
    delete globalThis.fcGate;
    v8.setFlagsFromString("--lazy");
    return open();
  };
  return true;
}

/** Gets the code; tells the server when what came is not what it sent, so that nothing runs of it. */
async function fetchPack() {
  const unpacker = createUnpacker();
  try {
    return await fetch("GET pack", unpacker.take, unpacker.finish);
  } catch (error) {
    await fetch(`POST refused/${encodeURIComponent(error.message)}`).catch(() => undefined);
    throw error;
  }
}

/**
 * Asks the server, and gives each piece of the answer's body to `take` as it comes. The piece's memory is used again. Resolves with
 * what `finish` gives of the whole.
 */
function fetch(operation, take = () => undefined, finish = () => undefined) {
  const [method, what] = operation.split(" ");
  const colon = FC_GATE.lastIndexOf(":");
  const host = FC_GATE.slice(0, colon).replace(/^\[|\]$/g, "");
  const answer = readAnswer(take);
  return new Promise((resolve, reject) => {
    const callback = (length, buffer) => {
      try {
        if (!answer.read(buffer.subarray(0, length))) return true;
        resolve(finish());
        socket.destroy(); // tells the server that everything is here
      } catch (error) {
        socket.destroy();
        reject(error);
      }
      return false;
    };
    const onread = { buffer: Buffer.allocUnsafeSlow(pieceBytes), callback };
    const target = { host, port: Number(FC_GATE.slice(colon + 1)), noDelay: true, onread };
    const socket = net.connect(target, () =>
      socket.write(`${method} /gate/${FC_TOKEN}/${what} HTTP/1.1\r\nHost: gate\r\n\r\n`),
    );
    socket.on("end", () => reject(new Error("the code did not arrive whole")));
    socket.on("error", reject);
  });
}

/** Reads an HTTP answer piece by piece; `read` is true once it is complete. */
function readAnswer(take) {
  let head = "";
  let left = -1;
  const read = (piece) => {
    if (left >= 0) {
      take(piece);
      left -= piece.length;
      return left <= 0;
    }
    const before = head.length;
    head += piece.toString("latin1");
    const end = head.indexOf("\r\n\r\n") + 4;
    if (end < 4) return false;
    if (!/^HTTP\/1\.\d 20[04] /.test(head)) throw new Error(`The gate answered ${head.split("\r\n")[0]}`);
    left = Number(/^content-length: (\d+)/im.exec(head.slice(0, end))?.[1] ?? 0);
    return read(piece.subarray(end - before));
  };
  return { read };
}

/** Writes the files of a pack while it comes: four bytes n, n of JSON that says what is in it, the files' bytes, SHA-256 of all that. */
function createUnpacker() {
  const folders = new Set();
  const umask = process.umask(0);
  process.umask(umask);
  let start = Buffer.alloc(0);
  let meta;
  let [index, file, left] = [0, undefined, 0];
  const hash = createHash("sha256");
  let digest = Buffer.alloc(0);

  /** Makes what comes next, up to a file that has bytes. */
  const proceed = () => {
    if (file !== undefined) fs.closeSync(file);
    for (file = undefined; file === undefined && index < meta.files.length; index += 1) {
      const [path, mode, size, link] = meta.files[index];
      const target = placeOf(path, folders);
      if (link !== undefined) {
        fs.symlinkSync(link, target);
        continue;
      }
      file = fs.openSync(target, "w", mode);
      if ((mode & umask) !== 0) fs.fchmodSync(file, mode);
      left = size;
      if (size > 0) continue;
      fs.closeSync(file);
      file = undefined;
    }
  };
  const take = (piece) => {
    const taken = write(piece);
    hash.update(piece.subarray(0, taken));
    digest = Buffer.concat([digest, piece.subarray(taken)]);
  };
  /** Gives how much of it belongs to files: behind the last one there is only the checksum. */
  const write = (piece) => {
    let at = 0;
    while (file !== undefined && at < piece.length) {
      const written = fs.writeSync(file, piece, at, Math.min(left, piece.length - at));
      at += written;
      left -= written;
      if (left === 0) proceed();
    }
    return at;
  };
  return {
    take: (piece) => {
      if (meta !== undefined) return take(piece);
      start = Buffer.concat([start, piece]);
      const length = start.length < 4 ? Number.POSITIVE_INFINITY : start.readUInt32BE(0);
      if (start.length < 4 + length) return;
      meta = JSON.parse(start.toString("utf8", 4, 4 + length));
      hash.update(start.subarray(0, 4 + length));
      proceed();
      take(start.subarray(4 + length));
    },
    finish: () => {
      if (meta === undefined || file !== undefined) throw new Error("the code did not arrive whole");
      if (!hash.digest().equals(digest)) throw new Error("the code arrived damaged: its checksum is another one");
      return meta;
    },
  };
}

/** Where a file goes. Its folder is made. */
function placeOf(path, folders) {
  const target = path.replace(/^\/(var\/task|opt)(?=\/)/, (_, root) => (root === "opt" ? FC_OPT : FC_TASK));
  const folder = target.slice(0, target.lastIndexOf("/"));
  if (!folders.has(folder)) {
    fs.mkdirSync(folder, { recursive: true });
    folders.add(folder);
  }
  return target;
}
