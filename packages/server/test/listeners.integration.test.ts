import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createCertificateAuthority, type KeyPair } from "@fc/core/certificates";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { healthcheckCommand } from "../src/cli/healthcheck-command.ts";
import { createServer, type Server } from "../src/index.ts";

const backends = fileURLToPath(new URL("memory-backends.ts", import.meta.url));
const authority = createCertificateAuthority({ commonName: "company", nowMs: Date.now() });
const issue = (): KeyPair => authority.issue({ commonName: "fc", usage: "server", names: ["127.0.0.1"] });
let folder: string;
let tls: { readonly FAKECLOUD_TLS_CERT: string; readonly FAKECLOUD_TLS_KEY: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fc-listeners-"));
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const { certificate, key } = issue();
  tls = { FAKECLOUD_TLS_CERT: await file("tls.crt", certificate), FAKECLOUD_TLS_KEY: await file("tls.key", key) };
  await file("other.key", issue().key);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(environment: Record<string, string>): Promise<Server> {
  return createServer({
    environment: {
      FAKECLOUD_ADDR: "127.0.0.1:0",
      FAKECLOUD_LAMBDA_BACKEND: backends,
      FAKECLOUD_ELASTICACHE_BACKEND: backends,
      ...environment,
    },
  });
}

/** Asks as somebody does who trusts the authority. */
async function ask(url: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { ca: authority.certificate }, resolve).once("error", reject).end();
  const response = await promise;
  return { status: response.statusCode, body: await text(response) };
}

describe("with a certificate", () => {
  test("the AWS endpoint is HTTPS, URLs in its answers are, too, and the health check works whatever is in the files by now", async () => {
    await using server = await start(tls);
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    expect(await ask(`${server.url}/2015-03-31/functions`)).toEqual({ status: 200, body: '{"Functions":[]}' });
    await expect(fetch(`http://127.0.0.1:${server.port}/_fakecloud/health`)).rejects.toThrow();
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const environment = {
      ...tls,
      FAKECLOUD_TLS_KEY: join(folder, "other.key"),
      FAKECLOUD_ADDR: `127.0.0.1:${server.port}`,
    };
    const check = { environment, stdout: nowhere, stderr: nowhere };
    expect(await healthcheckCommand(check, { flags: {}, ready: true })).toBe(0);
  });

  test("a file that is missing, or a key of another certificate, is named", async () => {
    const missing = start({ ...tls, FAKECLOUD_TLS_KEY: join(folder, "none") });
    await expect(missing).rejects.toMatchObject({
      code: "FC_SERVER_TLS_INVALID",
      message: expect.stringContaining(`FAKECLOUD_TLS_KEY=${join(folder, "none")} cannot be read: `),
    });
    const foreign = start({ ...tls, FAKECLOUD_TLS_KEY: join(folder, "other.key") });
    await expect(foreign).rejects.toMatchObject({ code: "FC_SERVER_TLS_INVALID" });
    const alone = start({ FAKECLOUD_TLS_CERT: tls.FAKECLOUD_TLS_CERT });
    await expect(alone).rejects.toMatchObject({
      code: "FC_CONFIG_INVALID",
      message: expect.stringContaining("FAKECLOUD_TLS_KEY"),
    });
  });

  test("a cluster's Pods must be told so: its URL is https, and what dials in clear has a listener of its own", async () => {
    const FAKECLOUD_K8S_SELF_URL = "http://fakecloud:4566";
    const refused = start({ ...tls, FAKECLOUD_LAMBDA_BACKEND: "k8s", FAKECLOUD_K8S_SELF_URL });
    await expect(refused).rejects.toMatchObject({
      code: "FC_CONFIG_INVALID",
      message: expect.stringMatching(/FAKECLOUD_K8S_SELF_URL.*https.*FAKECLOUD_INTERNAL_ADDR/s),
    });
  });
});

describe("with a listener for administration", () => {
  test("it has all of the server's own routes, and the AWS endpoint only the open ones", async () => {
    await using server = await start({ FAKECLOUD_ADMIN_ADDR: "127.0.0.1:0" });
    expect(server.adminUrl).not.toBe(server.url);
    const status = async (url: string, method = "GET"): Promise<number> => (await fetch(url, { method })).status;
    for (const path of ["/_fakecloud/health", "/_fakecloud/ready"])
      expect([await status(server.adminUrl + path), await status(server.url + path)]).toEqual([200, 200]);
    for (const path of ["/metrics", "/_fakecloud/lambda/functions"])
      expect([await status(server.adminUrl + path), await status(server.url + path)]).toEqual([200, 404]);
    expect(await status(`${server.url}/_reset`, "POST")).toBe(404);
    expect(await status(`${server.adminUrl}/_reset`, "POST")).toBe(200);
    expect(await status(`${server.url}/2015-03-31/functions`)).toBe(200);
    expect(await status(`${server.adminUrl}/2015-03-31/functions`)).toBe(404);
    expect((await server.handle(new Request(`${server.url}/metrics`))).status).toBe(200);
  });

  test("it has the certificate, too", async () => {
    await using server = await start({ ...tls, FAKECLOUD_ADMIN_ADDR: "127.0.0.1:0" });
    expect(server.adminUrl).toMatch(/^https:/);
    expect((await ask(`${server.adminUrl}/_fakecloud/lambda/functions`)).status).toBe(200);
  });
});
