import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServer, type Server } from "../src/index.ts";

const backends = fileURLToPath(new URL("memory-backends.ts", import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fc-init-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function start(environment: Record<string, string> = {}): Promise<Server> {
  return createServer({
    environment: {
      FAKECLOUD_ADDR: "127.0.0.1:0",
      FAKECLOUD_LAMBDA_BACKEND: backends,
      FAKECLOUD_ELASTICACHE_BACKEND: backends,
      FAKECLOUD_INIT_DIR: folder,
      ...environment,
    },
  });
}

const hook = async (name: string, text: string): Promise<void> => await writeFile(join(folder, name), text);
/** Tags are kept for whoever asks: what hooks see of each other and of the server. */
const makesUser = (id: string, from: string): string => `
const answer = await fetch(process.env.AWS_ENDPOINT_URL + "/_fakecloud/ready");
const { init } = await answer.json();
const user = { Action: "CreateUser", Version: "2015-02-02", UserId: "${id}", UserName: "${from}-" + answer.status,
  Engine: "redis", AccessString: "off ~* +@all", NoPasswordRequired: "true" };
const made = await fetch(process.env.AWS_ENDPOINT_URL, { method: "POST", body: new URLSearchParams(user) });
if (!made.ok || init.ready || !init.detail.includes("${id}.mjs")) process.exit(7);
`;

test("they run by name once the server answers, and readiness waits for the last of them", async () => {
  await hook("two.mjs", makesUser("two", "second"));
  await hook("one.mjs", makesUser("one", "first"));
  await hook(".ignored", "");
  await using server = await start();
  const answer = await fetch(`${server.url}/_fakecloud/ready`);
  expect([answer.status, await answer.json()]).toMatchObject([200, { init: { ready: true } }]);
  const body = new URLSearchParams({ Action: "DescribeUsers", Version: "2015-02-02" });
  const users = await (await fetch(server.url, { method: "POST", body })).text();
  expect([...users.matchAll(/<UserName>(\w+-503)</g)].map(([, name]) => name)).toEqual(["first-503", "second-503"]);
});

test("one that fails fails the start, with what it said last", async () => {
  await hook("seed", "#!/bin/sh\necho no such thing >&2\nexit 3\n");
  await chmod(join(folder, "seed"), 0o755);
  await expect(start()).rejects.toMatchObject({
    code: "FC_SERVER_INIT_FAILED",
    message: "The init hook seed failed: exit code 3. Its last lines:\nno such thing",
  });
});

test("one that takes too long is ended, and its setting named", async () => {
  await hook("waits.mjs", "setInterval(() => {}, 1_000);");
  await expect(start({ FAKECLOUD_INIT_TIMEOUT_SECONDS: "1" })).rejects.toThrow("FAKECLOUD_INIT_TIMEOUT_SECONDS");
});

test("one that waits for what it has started itself is given up in time, too", async () => {
  const started = join(folder, ".started");
  await hook("waits", `#!/bin/sh\nsleep 600 &\necho $! > ${started}\nwait\n`);
  await chmod(join(folder, "waits"), 0o755);
  try {
    await expect(start({ FAKECLOUD_INIT_TIMEOUT_SECONDS: "1" })).rejects.toThrow("FAKECLOUD_INIT_TIMEOUT_SECONDS");
  } finally {
    process.kill(Number(await readFile(started, "utf8")));
  }
});

test("a file that cannot be run, or a folder that is not there, is named", async () => {
  await hook("notes.txt", "");
  await expect(start()).rejects.toThrow(`${join(folder, "notes.txt")} is neither a module for Node.js nor executable`);
  await expect(start({ FAKECLOUD_INIT_DIR: join(folder, "none") })).rejects.toThrow("cannot be read");
});
