import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { createCertificateAuthority, type KeyPair } from "@fc/core/certificates";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, invoke, node, type TestFunction } from "../lib/functions.ts";
import { createNamespace, kubectl, machineAddress, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-ca-${randomBytes(4).toString("hex")}`;
const authority = createCertificateAuthority({ commonName: "company", nowMs: Date.now() });
let server: ServerProcess;
let client: ReturnType<typeof lambdaClient>;
let https: Server;
let url: string;
let pair: KeyPair;

beforeAll(async () => {
  await createNamespace(namespace);
  const address = await machineAddress();
  pair = authority.issue({ commonName: "service", usage: "server", names: [address] });
  https = createServer({ key: pair.key, cert: pair.certificate }, (_, response) => response.end("trusted"));
  await new Promise<void>((resolve) => https.listen(0, address, resolve));
  url = `https://${address}:${(https.address() as AddressInfo).port}`;
  await kubectl("create", "configmap", "company-ca", "-n", namespace, `--from-literal=ca.crt=${authority.certificate}`);
  server = await startServerOnCluster(namespace, { FAKECLOUD_LAMBDA_K8S_CA_CONFIG_MAP: "company-ca" });
  client = lambdaClient(server.url);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await new Promise((resolve) => https?.close(resolve) ?? resolve(undefined));
  await kubectl("delete", "namespace", namespace, "--wait=false");
});

const python = `
import os, urllib.request
def handler(event, context):
    return [urllib.request.urlopen(event["url"]).read().decode(), os.environ["AWS_CA_BUNDLE"]]
`;
const functions: readonly TestFunction[] = [
  node(
    "fetches",
    "export const handler = async ({ url }) => [await (await fetch(url)).text(), process.env.AWS_CA_BUNDLE];",
  ),
  { name: "opens", runtime: "python3.13", handler: "app.handler", files: { "app.py": python } },
];

test.each(functions)("a function ($name) trusts the authority that the operator names", async (fn) => {
  await createFunction(client, { ...fn, timeout: 15 });
  const { payload } = await invoke(client, fn.name, { url });
  expect(payload).toEqual(["trusted", "/etc/fakecloud-ca/ca.crt"]);
});

test("a function may name other authorities", async () => {
  const environment = { NODE_EXTRA_CA_CERTS: "/etc/none", AWS_CA_BUNDLE: "/var/task/own.pem" };
  await createFunction(
    client,
    node("chooses", "export const handler = () => process.env.AWS_CA_BUNDLE;", { environment }),
  );
  expect((await invoke(client, "chooses")).payload).toBe("/var/task/own.pem");
});

test("functions call back to a server that is HTTPS", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fc-tls-"));
  try {
    await writeFile(join(folder, "tls.crt"), pair.certificate);
    await writeFile(join(folder, "tls.key"), pair.key);
    const [address, port] = [await machineAddress(), await freePort()];
    await using encrypted = await startServerOnCluster(
      namespace,
      {
        FAKECLOUD_LAMBDA_K8S_CA_CONFIG_MAP: "company-ca",
        FAKECLOUD_TLS_CERT: join(folder, "tls.crt"),
        FAKECLOUD_TLS_KEY: join(folder, "tls.key"),
        FAKECLOUD_K8S_SELF_URL: `https://${address}:${port}`,
        FAKECLOUD_INTERNAL_ADDR: "0.0.0.0:0",
      },
      ["--addr", `0.0.0.0:${port}`],
    );
    const own = new LambdaClient({
      endpoint: `https://${address}:${encrypted.port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      requestHandler: { httpsAgent: new Agent({ ca: authority.certificate }) },
    });
    const lists =
      "export const handler = async () => { const { AWS_ENDPOINT_URL: url } = process.env; return [url, (await (await fetch(url + '/2015-03-31/functions')).json()).Functions.length]; };";
    await createFunction(own, node("calls-back", lists));
    expect((await invoke(own, "calls-back")).payload).toEqual([`https://${address}:${port}`, 1]);
    own.destroy();
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** The URL that Pods are given names the port before the server listens there. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
