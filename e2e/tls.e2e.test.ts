import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateFunctionUrlConfigCommand, GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createCertificateAuthority } from "@fc/core/certificates";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { type ServerProcess, startServer } from "./lib/server-process.ts";

const authority = createCertificateAuthority({ commonName: "company", nowMs: Date.now() });
let folder: string;
let server: ServerProcess;
let client: LambdaClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fc-tls-"));
  const pair = authority.issue({ commonName: "fc", usage: "server", names: ["127.0.0.1"] });
  await writeFile(join(folder, "tls.crt"), pair.certificate);
  await writeFile(join(folder, "tls.key"), pair.key);
  const environment = { FAKECLOUD_TLS_CERT: join(folder, "tls.crt"), FAKECLOUD_TLS_KEY: join(folder, "tls.key") };
  server = await startServer({ environment });
  client = new LambdaClient({
    endpoint: `https://127.0.0.1:${server.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca: authority.certificate }) },
  });
});
afterAll(async () => {
  client?.destroy();
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const calls = `
export const handler = async () => {
  const answer = await fetch(process.env.AWS_ENDPOINT_URL + "/2015-03-31/functions");
  return (await answer.json()).Functions.map((one) => one.FunctionName);
};`;

test("the official client works over HTTPS, is given https URLs, and functions call back without having to trust anything", async () => {
  expect(server.output().stdout).toContain(`AWS_ENDPOINT_URL=https://127.0.0.1:${server.port}\n`);
  await createFunction(client, node("calls", calls));
  expect((await invoke(client, "calls")).payload).toEqual(["calls"]);
  const url = await client.send(new CreateFunctionUrlConfigCommand({ FunctionName: "calls", AuthType: "NONE" }));
  expect(url.FunctionUrl).toMatch(new RegExp(`^https://.*:${server.port}/$`));
  const { Code } = await client.send(new GetFunctionCommand({ FunctionName: "calls" }));
  expect(Code?.Location).toMatch(/^https:/);
});
