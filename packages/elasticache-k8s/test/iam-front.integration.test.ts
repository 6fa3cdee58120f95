import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { createCertificateAuthority } from "@fc/core/certificates";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iamFrontProgram } from "../src/access/iam-front-program.ts";
import { encodeCommand } from "../src/resp/resp-connection.ts";
import { type EngineProcess, freePort, startRedis } from "./support/engine-process.ts";
import { goodSignature, startRdbServer } from "./support/rdb-server.ts";

const password = "the-password-of-iam-users";
const token = `cache/?Action=connect&User=app&X-Amz-Signature=${goodSignature}`;

describe("what stands before an engine with IAM users", () => {
  let directory: string;
  let ca: string;
  let engine: EngineProcess;
  let enginePort: number;
  let server: Awaited<ReturnType<typeof startRdbServer>>;
  const file = (name: string): string => join(directory, name);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-iam-"));
    const authority = createCertificateAuthority({ commonName: "test", nowMs: Date.now() });
    const issued = authority.issue({ commonName: "engine", usage: "server", names: ["localhost", "127.0.0.1"] });
    ca = authority.certificate;
    const hash = createHash("sha256").update(password).digest("hex");
    const users = `user default off\nuser app on #${hash} ~* &* +@all\n`;
    await Promise.all([
      writeFile(file("tls.crt"), issued.certificate),
      writeFile(file("tls.key"), issued.key),
      writeFile(file("ca.crt"), ca),
      writeFile(file("users.acl"), users),
    ]);
    enginePort = await freePort();
    const tls = ["--tls-cert-file", file("tls.crt"), "--tls-key-file", file("tls.key"), "--tls-auth-clients", "no"];
    engine = await startRedis(
      ...["--port", "0", "--tls-port", String(enginePort), "--tls-ca-cert-file", file("ca.crt")],
      ...[...tls, "--aclfile", file("users.acl")],
    );
    const iamPassword = async (_nodeKey: string, bearer: string) => (bearer === "node-token" ? password : undefined);
    server = await startRdbServer("127.0.0.1", { stagedRdb: () => undefined, iamPassword });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  async function startFront(env: Record<string, string> = {}): Promise<{ port: number } & AsyncDisposable> {
    const port = await freePort();
    const child = spawn(process.execPath, ["-e", iamFrontProgram], {
      stdio: ["ignore", "inherit", "pipe"],
      env: {
        POD_IP: "127.0.0.1",
        LISTEN_PORT: String(port),
        TLS_PORT: String(enginePort),
        TLS_CERTIFICATE: file("tls.crt"),
        TLS_KEY: file("tls.key"),
        TLS_AUTHORITY: file("ca.crt"),
        SESSION_SECONDS: "43200",
        NODE_KEY: "node",
        LOGIN_URL: `http://127.0.0.1:${server.port}/_fakecloud/elasticache/_internal/iam-login`,
        LOGIN_TOKEN: "node-token",
        ...env,
      },
    });
    await expect.poll(() => dial(port).then((socket) => socket.destroy().destroyed, String)).toBe(true);
    return {
      port,
      [Symbol.asyncDispose]: async () => {
        child.kill();
        await once(child, "exit");
      },
    };
  }

  async function dial(port: number): Promise<TLSSocket> {
    const socket = connect({ host: "127.0.0.1", port, ca });
    await once(socket, "secureConnect");
    return socket;
  }

  /** All that is answered to these bytes, `step` of them at a time, until the client has said all and half closes. */
  async function answersTo(port: number, bytes: Buffer, step: number, last: string): Promise<string> {
    const socket = await dial(port);
    let said = "";
    const done = new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => resolve());
      socket.on("data", (data) => {
        said += data.toString("latin1");
        if (said.endsWith(last)) resolve();
      });
    });
    for (let at = 0; at < bytes.length; at += step)
      await new Promise((resolve) => socket.write(bytes.subarray(at, at + step), resolve));
    await done;
    socket.destroy();
    return said;
  }

  test.each([1, 7, 100_000])(
    "answers come in their order, %i bytes at a time, and no value is taken for a login",
    async (step) => {
      await using front = await startFront();
      const value = String(encodeCommand(["AUTH", "app", token]));
      const bytes = Buffer.concat([
        encodeCommand(["PING"]),
        encodeCommand(["auth", "app", token]),
        encodeCommand(["SET", "k", value]),
        Buffer.from("PING\r\n"),
        encodeCommand(["HELLO", "2", "AUTH", "app", "no-token"]),
        encodeCommand(["STRLEN", "k"]),
        Buffer.from(`AUTH app ${token}\r\n`),
        encodeCommand(["ECHO", "the end"]),
      ]);
      const answers = (await answersTo(front.port, bytes, step, "the end\r\n")).split("\r\n");
      expect(answers[0]).toMatch(/^-NOAUTH/);
      expect(answers[4]).toMatch(/^-WRONGPASS/);
      expect([...answers.slice(1, 4), ...answers.slice(5)]).toEqual([
        "+OK",
        "+OK",
        "+PONG",
        `:${value.length}`,
        "+OK",
        "$7",
        "the end",
        "",
      ]);
    },
  );

  test("a value of many megabytes goes through as it is", async () => {
    await using front = await startFront();
    const value = Buffer.alloc(20_000_000, "ab\r\n*3\r\n$4\r\nAUTH\r\n");
    const header = Buffer.from(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${value.length}\r\n`);
    const digest = encodeCommand(["EVAL", "return redis.sha1hex(redis.call('GET', 'big'))", "0"]);
    const bytes = Buffer.concat([encodeCommand(["AUTH", "app", token]), header, value, Buffer.from("\r\n"), digest]);
    const sha1 = createHash("sha1").update(value).digest("hex");
    expect(await answersTo(front.port, bytes, bytes.length, `${sha1}\r\n`)).toBe(`+OK\r\n+OK\r\n$40\r\n${sha1}\r\n`);
  });

  test("a connection ends with its session", async () => {
    await using front = await startFront({ SESSION_SECONDS: "0.2" });
    const bytes = encodeCommand(["AUTH", "app", token]);
    expect(await answersTo(front.port, Buffer.from(bytes), bytes.length, "nothing that is said")).toBe("+OK\r\n");
  });

  test.each([
    ["has another token", { LOGIN_TOKEN: "another" }],
    ["is not there", { LOGIN_URL: "http://127.0.0.1:1/" }],
  ])("nobody is let in where the server %s", async (_what, env) => {
    await using front = await startFront(env);
    const bytes = Buffer.from(encodeCommand(["AUTH", "app", token]));
    expect(await answersTo(front.port, bytes, bytes.length, "disabled.\r\n")).toMatch(/^-WRONGPASS/);
  });
});
