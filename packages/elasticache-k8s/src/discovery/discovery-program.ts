/**
 * What runs in the Pod of a configuration endpoint, for `node -e`. It answers the two discovery commands and `version` itself; for everything
 * else it connects the client to one of the nodes. Stored values are skipped, so that nothing in them is taken for a command. An answer of
 * its own in the middle of such a connection takes its turn behind those that the node owes: a delete of a key that is not there marks it.
 */
export const discoveryProgram: string = `
const { randomBytes } = require("node:crypto");
const { readFileSync } = require("node:fs");
const net = require("node:net");
const tls = require("node:tls");
const { POD_IP, LISTEN_PORT, NODES, CONFIGURATION_VERSION, ENGINE_VERSION, TLS_CERTIFICATE, TLS_KEY } = process.env;
const secure = TLS_CERTIFICATE !== undefined;
const nodes = NODES.split(" ").map((node) => node.split("|"));
const list = CONFIGURATION_VERSION + "\\n" + NODES + "\\n";
const answerOf = (head) => head + " 0 " + Buffer.byteLength(list) + "\\r\\n" + list + "\\r\\nEND\\r\\n";
const answers = new Map([
  ["config get cluster", answerOf("CONFIG cluster")],
  ["get AmazonElastiCache:cluster", answerOf("VALUE AmazonElastiCache:cluster")],
  ["version", "VERSION " + ENGINE_VERSION + "\\r\\n"],
]);
const empty = Buffer.alloc(0);
const longestLine = 65536;
let turn = 0;

function valueBytes(words) {
  if (["set", "add", "replace", "append", "prepend", "cas"].includes(words[0])) return Number(words[4]) + 2;
  return words[0] === "ms" ? Number(words[2]) + 2 : 0;
}

function serve(client) {
  let node;
  let ready = false;
  let ended = false;
  let rest = empty;
  let skip = 0;
  let raw = false;
  let held = empty;
  const marks = [];
  const early = [];
  const toNode = (bytes) => {
    if (node === undefined) open(nodes.length);
    if (!ready) early.push(bytes);
    if (!ready || !node.write(bytes)) client.pause();
  };
  const toClient = (bytes) => {
    if (bytes.length > 0 && !client.write(bytes)) node?.pause();
  };
  const open = (tries) => {
    const [, host, port] = nodes[turn++ % nodes.length];
    node = secure
      ? tls.connect({ host, port: Number(port), rejectUnauthorized: false })
      : net.connect({ host, port: Number(port), noDelay: true });
    node.once(secure ? "secureConnect" : "connect", () => {
      ready = true;
      for (const bytes of early.splice(0)) node.write(bytes);
      if (ended) node.end();
      client.resume();
    });
    node.on("data", fromNode);
    node.on("drain", () => client.resume());
    node.on("end", () => ready && client.end());
    node.on("error", () => {
      if (ready) return client.destroy();
      if (tries > 1) return open(tries - 1);
      client.end("SERVER_ERROR no node of this cluster answers\\r\\n");
    });
  };
  const fromNode = (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (marks.length > 0) {
      const [mark, answer] = marks[0];
      const at = held.indexOf(mark);
      if (at < 0) {
        const whole = Math.max(0, held.length - mark.length + 1);
        toClient(held.subarray(0, whole));
        held = held.subarray(whole);
        return;
      }
      toClient(held.subarray(0, at));
      toClient(answer);
      held = held.subarray(at + mark.length);
      marks.shift();
    }
    toClient(held);
    held = empty;
  };
  client.on("data", (chunk) => {
    if (node === undefined && rest.length === 0 && chunk[0] === 0x80) raw = true;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length > 0) {
      if (raw || skip > 0) {
        const taken = raw ? rest.length : Math.min(skip, rest.length);
        toNode(rest.subarray(0, taken));
        rest = rest.subarray(taken);
        if (!raw) skip -= taken;
        continue;
      }
      const end = rest.indexOf(10) + 1;
      if (end === 0 && rest.length <= longestLine) return;
      if (end === 0) {
        raw = true;
        continue;
      }
      const line = rest.subarray(0, end);
      rest = rest.subarray(end);
      const words = line.toString("latin1").trim().split(/ +/);
      const answer = answers.get(words.join(" "));
      if (answer === undefined) {
        toNode(line);
        skip = valueBytes(words) || 0;
      } else if (node === undefined) client.write(answer);
      else {
        const id = randomBytes(12).toString("hex");
        marks.push(["NF O" + id + "\\r\\n", Buffer.from(answer)]);
        toNode(Buffer.from("md " + id + " O" + id + "\\r\\n"));
      }
    }
  });
  client.on("drain", () => node?.resume());
  client.on("error", () => client.destroy());
  // A client that has said all still waits for the answers.
  client.on("end", () => {
    ended = true;
    if (node === undefined) client.end();
    else if (ready) node.end();
  });
  client.on("close", () => node?.destroy());
}

const server = secure
  ? tls.createServer({ cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY), allowHalfOpen: true }, serve)
  : net.createServer({ noDelay: true, allowHalfOpen: true }, serve);
server.on("tlsClientError", () => undefined);
server.listen(Number(LISTEN_PORT), POD_IP);
process.on("SIGTERM", () => process.exit(0));
`.trim();
