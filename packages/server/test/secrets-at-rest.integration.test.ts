import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Answer, functionsPath, type MemoryServer, startMemoryServer } from "./memory-server.ts";

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
    await using server = await startMemoryServer({
      FAKECLOUD_DATA_PATH: dataPath,
      FAKECLOUD_ADMIN_TOKEN: secrets.adminToken,
      FAKECLOUD_CREDENTIALS: `test=${secrets.accessSecret}`,
      FAKECLOUD_EVENT_SOURCE_SECRET_ACCESS_KEY: secrets.sourceSecret,
    });
    await changeEverything(server);
    expect((await filesBelow(dataPath)).map((file) => file.slice(dataPath.length))).toContain("/records.db-wal");
    await expectNoSecrets();
  }
  await expectNoSecrets();
});

async function changeEverything({ createFunction, lambda, elasticache }: MemoryServer): Promise<void> {
  const environment = (value: string): object => ({ Environment: { Variables: { SECRET: value } } });
  const done = async (answer: Promise<Answer>): Promise<void> =>
    expect(await answer).toMatchObject({ status: expect.toSatisfy((status: number) => status < 300) });
  await createFunction("f", environment(secrets.environment));
  await done(lambda("POST", `${functionsPath}/f/versions`, {}));
  await done(lambda("PUT", `${functionsPath}/f/configuration`, environment(secrets.laterEnvironment)));
  await expect
    .poll(async () => JSON.parse((await lambda("GET", `${functionsPath}/f/configuration`)).text) as unknown)
    .toMatchObject({
      LastUpdateStatus: "Successful",
      Environment: { Variables: { SECRET: secrets.laterEnvironment } },
    });
  const asynchronously = { "x-amz-invocation-type": "Event" };
  await done(lambda("POST", `${functionsPath}/f/invocations`, { secret: secrets.event }, asynchronously));
  await done(
    elasticache("CreateUser", {
      UserId: "one",
      UserName: "one",
      Engine: "redis",
      AccessString: "on ~* +@all",
      "Passwords.member.1": secrets.password,
      "Passwords.member.2": secrets.laterPassword,
    }),
  );
  await done(
    elasticache("CreateReplicationGroup", {
      ReplicationGroupId: "group",
      ReplicationGroupDescription: "x",
      Engine: "redis",
      CacheNodeType: "cache.t3.micro",
      TransitEncryptionEnabled: "true",
      AuthToken: secrets.token,
    }),
  );
}
