/**
 * What stands before an engine that has users with IAM authentication, for `node -e`. It ends the TLS of clients and has one of its own to the
 * engine. It reads commands only as far as to find AUTH and HELLO: a password that is a signed token is shown to the server, which gives the
 * user's password at this engine for it. Whatever else is said, a refused token among it, reaches the engine as it is, and so every answer is
 * the engine's.
 */
export const iamFrontProgram: string = `
const { readFileSync } = require("node:fs");
const net = require("node:net");
const tls = require("node:tls");
const { POD_IP: host, LISTEN_PORT, PLAIN_PORT, TLS_PORT, NODE_KEY, LOGIN_URL, LOGIN_TOKEN, SESSION_SECONDS } = process.env;
const { TLS_CERTIFICATE, TLS_KEY, TLS_AUTHORITY } = process.env;
const ca = readFileSync(TLS_AUTHORITY);
const empty = Buffer.alloc(0);
const longestLogin = 65536;

async function passwordOf(user, token) {
  try {
    const answer = await fetch(LOGIN_URL, {
      method: "POST",
      headers: { authorization: "Bearer " + LOGIN_TOKEN, "content-type": "application/json" },
      body: JSON.stringify({ nodeKey: NODE_KEY, user, token }),
      signal: AbortSignal.timeout(5000),
    });
    if (answer.ok) return (await answer.json()).password;
    await answer.body?.cancel();
  } catch (error) {
    console.error("The server could not be asked about the token of " + user + ": " + (error.cause ?? error).message);
  }
}

// The words of an array whose first one begins at "at", and where it ends; undefined when more has to come; no words for what is no login.
function loginWords(bytes, at, count) {
  const words = [];
  const other = { words: [], next: at };
  while (words.length < count) {
    const end = bytes.indexOf(10, at) + 1;
    if (end === 0) return bytes.length - at > 32 ? other : undefined;
    const size = Number(bytes.toString("latin1", at + 1, end - 2));
    if (bytes[at] !== 36 || !(size >= 0) || (words.length === 0 && size > 5) || count > 16) return other;
    if (bytes.length < end + size + 2) return bytes.length > longestLogin ? other : undefined;
    words.push(bytes.toString("latin1", end, end + size));
    if (words.length === 1 && !/^(auth|hello)$/i.test(words[0])) return other;
    at = end + size + 2;
  }
  return { words, next: at };
}

// Where the password is among the words of AUTH and HELLO; the user's name stands before it.
function passwordAt(words) {
  if (/^auth$/i.test(words[0])) return words.length === 3 ? 2 : -1;
  const auth = words.findIndex((word, index) => index > 1 && /^auth$/i.test(word));
  return auth > 0 && auth + 2 < words.length ? auth + 2 : -1;
}

function serve(client) {
  const engine = tls.connect({ host, port: Number(TLS_PORT), ca, servername: "localhost" });
  let rest = empty;
  let skip = 0;
  let words = 0;
  let raw = false;
  let asking = false;
  let ended = false;
  let session;
  const forward = (bytes) => {
    if (bytes.length > 0 && !engine.write(bytes)) client.pause();
  };
  const ask = async (login, bytes) => {
    const at = passwordAt(login);
    if (at > 0 && login[at].includes("X-Amz-Signature=")) {
      const password = await passwordOf(login[at - 1], login[at]);
      // A client that has gone meanwhile has no session to end.
      if (client.destroyed) return;
      if (password !== undefined) {
        clearTimeout(session);
        session = setTimeout(() => client.destroy(), Number(SESSION_SECONDS) * 1000);
        const parts = login.with(at, password).map((word) => "$" + word.length + "\\r\\n" + word + "\\r\\n");
        return forward(Buffer.from("*" + login.length + "\\r\\n" + parts.join(""), "latin1"));
      }
    }
    forward(bytes);
  };
  const read = () => {
    let at = 0;
    while (at < rest.length && !asking) {
      if (raw || skip > 0) {
        const taken = raw ? rest.length - at : Math.min(skip, rest.length - at);
        at += taken;
        if (!raw) skip -= taken;
        continue;
      }
      const end = rest.indexOf(10, at) + 1;
      if (end === 0) {
        if (rest.length - at <= longestLogin) break;
        raw = true;
        continue;
      }
      if (words > 0) {
        const size = Number(rest.toString("latin1", at + 1, end - 2));
        if (rest[at] !== 36 || !(size >= 0)) raw = true;
        else [at, skip, words] = [end, size + 2, words - 1];
        continue;
      }
      const inline = rest[at] !== 42;
      const text = rest.toString("latin1", inline ? at : at + 1, end).trim();
      const found = inline ? { words: text.split(/ +/), next: end } : loginWords(rest, end, Number(text));
      if (found === undefined) break;
      if (!/^(auth|hello)$/i.test(found.words[0] ?? "")) {
        at = end;
        if (!inline) words = Math.max(0, Number(text) || 0);
        continue;
      }
      forward(rest.subarray(0, at));
      const login = rest.subarray(at, found.next);
      rest = rest.subarray(found.next);
      at = 0;
      asking = true;
      client.pause();
      void ask(found.words, login).then(() => {
        asking = false;
        client.resume();
        read();
      });
    }
    forward(rest.subarray(0, at));
    rest = rest.subarray(at);
    if (ended && !asking) engine.end();
  };
  client.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!asking) read();
  });
  client.on("end", () => {
    ended = true;
    if (!asking) engine.end();
  });
  client.on("error", () => client.destroy());
  client.on("close", () => {
    clearTimeout(session);
    engine.destroy();
  });
  engine.on("drain", () => asking || client.resume());
  engine.on("error", () => client.destroy());
  engine.pipe(client);
}

const secure = tls.createServer(
  { cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY), noDelay: true, allowHalfOpen: true },
  serve,
);
secure.on("tlsClientError", () => undefined);
const plain = (client) => {
  const engine = net.connect({ host, port: Number(PLAIN_PORT), noDelay: true });
  engine.on("error", () => client.destroy());
  engine.on("close", () => client.destroy());
  client.on("close", () => engine.destroy());
  client.pipe(engine).pipe(client);
};
// The first byte of a TLS connection is 22, a handshake record; no command begins so. A token in clear stays what it is: no password.
const either = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  client.on("error", () => client.destroy());
  client.once("readable", () => {
    const first = client.read();
    if (first === null) return client.destroy();
    client.unshift(first);
    if (first[0] === 22) secure.emit("connection", client);
    else plain(client);
  });
});
(PLAIN_PORT === undefined ? secure : either).listen(Number(LISTEN_PORT), host);
process.on("SIGTERM", () => process.exit(0));
`.trim();
