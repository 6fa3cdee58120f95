import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { type LogFields, ManualClock, silentLogger } from "@fc/core";
import { createCertificateAuthority, type KeyPair } from "@fc/core/certificates";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServer, type Server } from "../src/index.ts";

const backends = fileURLToPath(new URL("memory-backends.ts", import.meta.url));
const authority = createCertificateAuthority({ commonName: "company", nowMs: Date.now() });
const issue = (commonName: string): KeyPair => authority.issue({ commonName, usage: "server", names: ["127.0.0.1"] });

let folder: string;
let clock: ManualClock;
let errors: LogFields[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fc-renewal-"));
  clock = new ManualClock(Date.now());
  errors = [];
  for (const name of ["tls.crt", "tls.key"]) await symlink(join("..data", name), join(folder, name));
});
afterEach(() => rm(folder, { recursive: true }));

/** Replaces both files at once, as the kubelet does with those of a Secret. */
async function mount(version: string, { certificate, key }: KeyPair): Promise<void> {
  await mkdir(join(folder, version));
  await writeFile(join(folder, version, "tls.crt"), certificate);
  await writeFile(join(folder, version, "tls.key"), key);
  await symlink(version, join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
}

function start(): Promise<Server> {
  return createServer({
    environment: {
      FAKECLOUD_ADDR: "127.0.0.1:0",
      FAKECLOUD_ADMIN_ADDR: "127.0.0.1:0",
      FAKECLOUD_TLS_CERT: join(folder, "tls.crt"),
      FAKECLOUD_TLS_KEY: join(folder, "tls.key"),
      FAKECLOUD_LAMBDA_BACKEND: backends,
      FAKECLOUD_ELASTICACHE_BACKEND: backends,
    },
    clock,
    logger: { ...silentLogger, error: (fields: LogFields) => void errors.push(fields) },
  });
}

/** Whom the certificate of a new connection is for. */
function namedBy(url: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), ca: authority.certificate }, () => {
    resolve(socket.getPeerCertificate().subject.CN);
    socket.destroy();
  });
  socket.once("error", reject);
  return promise;
}

test("new connections have the certificate that is in the files by now, without a restart; those there are go on", async () => {
  await mount("one", issue("one"));
  await using server = await start();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const open = connect({ host: "127.0.0.1", port: server.port, ca: authority.certificate });
  open.once("close", () => resolve());
  expect(await namedBy(server.url)).toBe("one");

  await mount("two", issue("two"));
  await clock.advance(10_000);
  await expect.poll(() => namedBy(server.url)).toBe("two");
  expect(await namedBy(server.adminUrl)).toBe("two");
  let answer = "";
  open.on("data", (data) => {
    answer += data.toString();
  });
  open.write("GET /_fakecloud/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  await ended;
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(errors).toEqual([]);
});

test("one that cannot be used is told of once, and the one before stays until there is a good one", async () => {
  await mount("one", issue("one"));
  await using server = await start();
  await mount("bad", { ...issue("bad"), key: issue("another").key });
  await clock.advance(10_000);
  await expect.poll(() => errors).toHaveLength(1);
  expect(errors[0]).toEqual({ error: expect.stringMatching(/tls\.key cannot be used together: /) });
  await clock.advance(10_000);
  expect(await namedBy(server.url)).toBe("one");

  await mount("two", issue("two"));
  await expect
    .poll(async () => {
      await clock.advance(10_000);
      return await namedBy(server.url);
    })
    .toBe("two");
  expect(errors).toHaveLength(1);
});
