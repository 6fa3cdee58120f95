import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createServer, type Server } from "../src/index.ts";

const backends = fileURLToPath(new URL("memory-backends.ts", import.meta.url));
const code =
  "UEsDBBQAAAAAAAAAIVyDFtyMAQAAAAEAAAAIAAAAaW5kZXguanN4UEsBAhQDFAAAAAAAAAAhXIMW3IwBAAAAAQAAAAgAAAAAAAAAAAAAAIABAAAAAGluZGV4LmpzUEsFBgAAAAABAAEANgAAACcAAAAAAA==";

const secrets = {
  adminToken: "Zadmin-token-of-the-server",
  accessSecret: "Zsecret-of-an-access-key",
  sourceSecret: "Zsecret-of-event-sources",
  environment: "Zvalue-of-an-environment-variable",
  laterEnvironment: "Zlater-value-of-a-variable",
  event: "Zpayload-of-an-event",
  password: "Zpassword-of-a-user",
  laterPassword: "Zsecond-password-of-a-user",
  token: "Zauth-token-of-a-group",
} as const;

async function lambda(server: Server, method: string, path: string, body: object): Promise<Response> {
  const response = await server.handle(new Request(server.url + path, { method, body: JSON.stringify(body) }));
  expect(response.status, await response.clone().text()).toBeLessThan(300);
  return response;
}

async function elasticache(server: Server, action: string, parameters: Record<string, string>): Promise<void> {
  const body = new URLSearchParams({ Action: action, Version: "2015-02-02", ...parameters });
  const response = await server.handle(new Request(server.url, { method: "POST", body }));
  expect(response.status, await response.text()).toBe(200);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

test("no secret that the server was told is readable in its data folder, while it runs and afterwards", async () => {
  const dataPath = await mkdtemp(join(tmpdir(), "fc-secrets-"));
  onTestFinished(() => rm(dataPath, { recursive: true }));
  const expectNoSecrets = async (): Promise<void> => {
    const files = await filesBelow(dataPath);
    expect(files).toContain(join(dataPath, "records.db"));
    for (const file of files) {
      const bytes = await readFile(file);
      for (const [name, secret] of Object.entries(secrets))
        for (const text of [secret, Buffer.from(secret).toString("base64").slice(4, -4)])
          expect([file, name, bytes.includes(text)]).toEqual([file, name, false]);
    }
  };
  {
    await using server = await createServer({
      environment: {
        FAKECLOUD_LAMBDA_BACKEND: backends,
        FAKECLOUD_ELASTICACHE_BACKEND: backends,
        FAKECLOUD_DATA_PATH: dataPath,
        FAKECLOUD_ADMIN_TOKEN: secrets.adminToken,
        FAKECLOUD_CREDENTIALS: `test=${secrets.accessSecret}`,
        FAKECLOUD_EVENT_SOURCE_SECRET_ACCESS_KEY: secrets.sourceSecret,
      },
      listen: false,
    });
    await changeEverything(server);
    expect((await filesBelow(dataPath)).map((file) => file.slice(dataPath.length))).toContain("/records.db-wal");
    await expectNoSecrets();
  }
  await expectNoSecrets();
});

async function changeEverything(server: Server): Promise<void> {
  const config = { Runtime: "nodejs22.x", Handler: "index.handler", Role: "arn:aws:iam::123456789012:role/r" };
  const functions = "/2015-03-31/functions";
  const environment = (value: string): object => ({ Environment: { Variables: { SECRET: value } } });
  const create = { FunctionName: "f", ...config, ...environment(secrets.environment), Code: { ZipFile: code } };
  await lambda(server, "POST", functions, create);
  const state = async (): Promise<unknown> =>
    (await server.handle(new Request(`${server.url}${functions}/f/configuration`))).json();
  await expect.poll(state).toMatchObject({ State: "Active" });
  await lambda(server, "POST", `${functions}/f/versions`, {});
  await lambda(server, "PUT", `${functions}/f/configuration`, environment(secrets.laterEnvironment));
  await expect.poll(state).toMatchObject({
    LastUpdateStatus: "Successful",
    Environment: { Variables: { SECRET: secrets.laterEnvironment } },
  });
  const event = new Request(`${server.url}${functions}/f/invocations`, {
    method: "POST",
    headers: { "x-amz-invocation-type": "Event" },
    body: JSON.stringify({ secret: secrets.event }),
  });
  expect((await server.handle(event)).status).toBe(202);
  await elasticache(server, "CreateUser", {
    UserId: "one",
    UserName: "one",
    Engine: "redis",
    AccessString: "on ~* +@all",
    "Passwords.member.1": secrets.password,
    "Passwords.member.2": secrets.laterPassword,
  });
  await elasticache(server, "CreateReplicationGroup", {
    ReplicationGroupId: "group",
    ReplicationGroupDescription: "x",
    Engine: "redis",
    CacheNodeType: "cache.t3.micro",
    TransitEncryptionEnabled: "true",
    AuthToken: secrets.token,
  });
}
