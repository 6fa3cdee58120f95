import { createHash } from "node:crypto";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { createCertificateAuthority } from "@fc/core/certificates";
import { type CacheEngine, type CacheNodeSpec, type CacheUser, restrictedCommands } from "@fc/elasticache/backend";
import { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import { RespConnection } from "../../src/resp/resp-connection.ts";
import { said } from "./access-client.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, openBench, signal } from "./cases-bench.ts";
import type { Endpoint } from "./engine-client.ts";

const hash = (password: string): string => createHash("sha256").update(password).digest("hex");
const user = (name: string, rules: string, ...passwords: string[]): CacheUser => ({
  name,
  rules,
  passwordHashes: passwords.map(hash),
  open: false,
});
const token = (...tokens: string[]): CacheUser[] => [user("default", "on ~* &* +@all", ...tokens)];

/** Each restricted command, with arguments that it takes: the engines count those first. */
const restrictedExamples: readonly string[][] = [
  ["BGREWRITEAOF"],
  ["BGSAVE"],
  ["CONFIG", "GET", "*"],
  ["DEBUG", "SLEEP", "0"],
  ["FAILOVER"],
  ["MIGRATE", "127.0.0.1", "1", "k", "0", "1"],
  ["MODULE", "LIST"],
  ["PSYNC", "?", "-1"],
  ["REPLICAOF", "NO", "ONE"],
  ["SAVE"],
  ["SHUTDOWN"],
  ["SLAVEOF", "NO", "ONE"],
  ["SYNC"],
  ["ACL", "DELUSER", "somebody"],
  ["ACL", "GETUSER", "default"],
  ["ACL", "LIST"],
  ["ACL", "LOAD"],
  ["ACL", "SAVE"],
  ["ACL", "SETUSER", "me", "on", "nopass", "+@all", "~*"],
  ["CLUSTER", "ADDSLOTS", "1"],
  ["CLUSTER", "ADDSLOTSRANGE", "1", "2"],
  ["CLUSTER", "BUMPEPOCH"],
  ["CLUSTER", "DELSLOTS", "1"],
  ["CLUSTER", "DELSLOTSRANGE", "1", "2"],
  ["CLUSTER", "FAILOVER"],
  ["CLUSTER", "FLUSHSLOTS"],
  ["CLUSTER", "FORGET", "node"],
  ["CLUSTER", "LINKS"],
  ["CLUSTER", "MEET", "127.0.0.1", "1"],
  ["CLUSTER", "REPLICATE", "node"],
  ["CLUSTER", "RESET"],
  ["CLUSTER", "SAVECONFIG"],
  ["CLUSTER", "SET-CONFIG-EPOCH", "1"],
  ["CLUSTER", "SETSLOT", "1", "STABLE"],
];

/** Who may connect, on every cluster. */
export function accessCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let bench: CasesBench;
    let client: K8sClient;
    let backend: ElastiCacheK8sBackend;
    const node = (engine: CacheEngine, id: string, access: CacheNodeSpec["access"]): CacheNodeSpec =>
      spec(engine, id, access === undefined ? {} : { access });

    beforeAll(async () => {
      bench = await openBench(start, "access");
      client = bench.client;
      backend = bench.backend({ deleteOnClose: true });
    });

    afterAll(async () => {
      await backend?.[Symbol.asyncDispose]();
      const left = await client?.listSecrets("fakecloud-service=elasticache");
      await bench?.[Symbol.asyncDispose]();
      expect(left).toEqual([]);
    });

    for (const engine of ["redis", "valkey"] as const)
      test(`${engine}: a customer is refused what AWS restricts, also by script, and the admin is not`, async () => {
        const { endpoint, instance } = await backend.start(node(engine, `${engine}-open`, undefined), {
          signal: signal(),
        });
        expect(await said(endpoint, [["SET", "k", "v"]])).toBe("OK");
        for (const command of [
          ...restrictedExamples,
          ["CONFIG", "SET", "maxmemory", "1"],
          ["EVAL", "return redis.call('CONFIG', 'GET', 'maxmemory')", "0"],
        ])
          await expect(said(endpoint, [command]), command.join(" ")).rejects.toThrow(/NOPERM|permission|not allowed/);
        expect(await said(endpoint, [["ACL", "WHOAMI"]])).toBe("default");
        expect(await said(endpoint, [["GET", "k"]])).toBe("v");
        expect((await execRedis(client, instance, ["CONFIG", "GET", "port"])).stdout).toBe("port\n6379\n");
      });

    test("every restricted command is tried", () => {
      const tried = restrictedExamples.map(([name = "", subcommand = ""]) =>
        (name === "ACL" || name === "CLUSTER" ? `${name}|${subcommand}` : name).toLowerCase(),
      );
      expect(tried.toSorted()).toEqual(restrictedCommands.toSorted());
    });

    test("a token is asked for, by every engine that the node ever gets", async () => {
      const wanted = node("redis", "token", { users: token("first-token-of-all") });
      const { endpoint } = await backend.start(wanted, { signal: signal() });
      const auth = (...words: string[]) =>
        said(endpoint, [
          ["AUTH", ...words],
          ["INCR", "n"],
        ]);
      await expect(said(endpoint, [["PING"]])).rejects.toThrow(/NOAUTH/);
      await expect(auth("wrong-token-of-all")).rejects.toThrow(/WRONGPASS/);
      expect(await auth("first-token-of-all")).toBe(1);
      await backend.reboot(wanted, { signal: signal() });
      await expect(said(endpoint, [["PING"]])).rejects.toThrow(/NOAUTH/);
      expect(await auth("default", "first-token-of-all")).toBe(2);
    });

    test("tokens rotate under connections that stay, and a node that is replaced has the newest", async () => {
      const wanted = node("redis", "rotating", { users: token("first-token-of-all") });
      const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
      using staying = new RespConnection(connect({ host: endpoint.address, port: endpoint.port }));
      await staying.call(["AUTH", "first-token-of-all"]);
      const change = (...tokens: string[]) =>
        backend.applyAccess({ ...wanted, access: { users: token(...tokens) } }, { signal: signal() });
      await change("first-token-of-all", "second-token-of-all");
      for (const each of ["first-token-of-all", "second-token-of-all"])
        expect(await said(endpoint, [["AUTH", each], ["PING"]])).toBe("PONG");
      await change("second-token-of-all");
      await expect(said(endpoint, [["AUTH", "first-token-of-all"]])).rejects.toThrow(/WRONGPASS/);
      expect(await staying.call(["SET", "k", "v"])).toBe("OK");
      const recovered = new Promise((resolve) =>
        backend.onEvent((event) => event.type === "recovered" && event.nodeKey === wanted.nodeKey && resolve(event)),
      );
      await client.deletePod(instance);
      await recovered;
      await expect(said(endpoint, [["AUTH", "first-token-of-all"]])).rejects.toThrow(/WRONGPASS/);
      expect(
        await said(endpoint, [
          ["AUTH", "second-token-of-all"],
          ["GET", "k"],
        ]),
      ).toBe("v");
    });

    test("users have their names, passwords and rules; who goes is disconnected; nobody locks the admin out", async () => {
      const app = user("app", "on ~app:* +@read +set", "password-of-app-1", "password-of-app-2");
      const wanted = node("valkey", "users", { users: [app] });
      const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
      const as = (password: string, ...command: string[]) => said(endpoint, [["AUTH", "app", password], command]);
      await expect(said(endpoint, [["PING"]])).rejects.toThrow(/NOAUTH/);
      for (const password of ["password-of-app-1", "password-of-app-2"])
        expect(await as(password, "SET", "app:k", "v")).toBe("OK");
      await expect(as("password-of-app-1", "SET", "other", "v")).rejects.toThrow(/NOPERM/);
      await expect(as("password-of-app-1", "DEL", "app:k")).rejects.toThrow(/NOPERM/);
      using staying = new RespConnection(connect({ host: endpoint.address, port: endpoint.port }));
      await staying.call(["AUTH", "app", "password-of-app-1"]);
      const admin = user("fakecloud-admin", "off", "password-of-app-1");
      const open: CacheUser = { name: "default", rules: "on ~* +@all", passwordHashes: [], open: true };
      await backend.applyAccess({ ...wanted, access: { users: [open, admin] } }, { signal: signal() });
      await expect(staying.call(["GET", "app:k"])).rejects.toThrow();
      await expect(as("password-of-app-1", "PING")).rejects.toThrow(/WRONGPASS/);
      expect(await said(endpoint, [["GET", "app:k"]])).toBe("v");
      expect((await execRedis(client, instance, ["ACL", "WHOAMI"])).stdout).toBe("fakecloud-admin\n");
    });

    test("rules that the engine does not know are refused by name, and the engine serves on", async () => {
      const wanted = node("redis", "odd", { users: token("first-token-of-all") });
      const { endpoint } = await backend.start(wanted, { signal: signal() });
      const odd = { users: [...token("first-token-of-all"), user("odd", "on +nosuchcommand", "x")] };
      await expect(backend.applyAccess({ ...wanted, access: odd }, { signal: signal() })).rejects.toMatchObject({
        code: "FC_CACHE_ACCESS_FAILED",
        details: { user: "odd" },
      });
      expect(await said(endpoint, [["AUTH", "first-token-of-all"], ["PING"]])).toBe("PONG");
    });

    test.each(["redis", "valkey"] as const)(
      "%s: TLS is all there is, and the installation's authority vouches for the address",
      async (engine) => {
        const wanted = node(engine, `${engine}-tls`, { tls: "required", users: token("first-token-of-all") });
        const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
        const ca = await backend.certificateAuthority();
        const login = ["AUTH", "first-token-of-all"];
        expect(await said(endpoint, [login, ["SET", "k", "v"]], ca)).toBe("OK");
        await expect(said(endpoint, [["PING"], ["PING"]])).rejects.toThrow(/closed|ECONNRESET/);
        const stranger = createCertificateAuthority({ commonName: "fakecloud-elasticache", nowMs: Date.now() });
        await expect(said(endpoint, [login], stranger.certificate)).rejects.toThrow();
        expect((await execRedis(client, instance, ["GET", "k"])).stdout).toBe("v\n");
        expect((await backend.snapshot(wanted, { signal: signal() })).sizeBytes).toBeGreaterThan(0);
        await backend.reboot(wanted, { signal: signal() });
        expect(await said(endpoint, [login, ["GET", "k"]], ca)).toBe("v");
      },
    );

    test("preferred takes both kinds of connection at the same port, and a lost engine is replaced", async () => {
      const wanted = node("redis", "both", { tls: "preferred", users: token("first-token-of-all") });
      const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
      const ca = await backend.certificateAuthority();
      const login = ["AUTH", "first-token-of-all"];
      expect(await said(endpoint, [login, ["SET", "k", "v"]])).toBe("OK");
      expect(await said(endpoint, [login, ["GET", "k"]], ca)).toBe("v");
      expect((await execRedis(client, instance, ["GET", "k"])).stdout).toBe("v\n");
      const required = { ...wanted, access: { ...wanted.access, tls: "required" as const } };
      await backend.reboot(required, { signal: signal() });
      expect(await said(endpoint, [login, ["GET", "k"]], ca)).toBe("v");
      await expect(said(endpoint, [login, ["GET", "k"]])).rejects.toThrow(/closed|ECONNRESET/);
      const { instance: last } = await backend.reboot(wanted, { signal: signal() });
      const recovered = new Promise((resolve) =>
        backend.onEvent((event) => event.type === "recovered" && event.nodeKey === wanted.nodeKey && resolve(event)),
      );
      await execRedis(client, last, ["SHUTDOWN", "NOSAVE"]);
      await recovered;
      expect(await said(endpoint, [login, ["DBSIZE"]])).toBe(0);
    });

    test("memcached speaks TLS, too, and so does its configuration endpoint, which hands on to it", async () => {
      const wanted = node("memcached", "memcached-tls", { tls: "required" });
      const { endpoint } = await backend.start(wanted, { signal: signal() });
      const discovers = { version: 1, nodes: [wanted.nodeKey] };
      const configuration = { ...wanted, nodeKey: `${wanted.nodeKey}/configuration`, discovers };
      const discovery = await backend.start(configuration, { signal: signal() });
      const ca = await backend.certificateAuthority();
      const ask = async ({ address: host, port }: Endpoint, line: string): Promise<string> => {
        const socket = connectTls({ host, port, ca });
        const answer = new Promise<string>((resolve, reject) => {
          socket.once("error", reject);
          socket.once("data", (data) => resolve(String(data)));
        });
        socket.write(`${line}\r\n`);
        return await answer.finally(() => socket.destroy());
      };
      expect(await ask(endpoint, "version")).toMatch(/^VERSION 1\.6/);
      expect(await ask(discovery.endpoint, "config get cluster")).toContain(`${endpoint.address}|${endpoint.port}\n`);
      expect(await ask(discovery.endpoint, "set k 0 0 1\r\nv")).toBe("STORED\r\n");
      expect(await ask(endpoint, "get k")).toBe("VALUE k 0 1\r\nv\r\nEND\r\n");
    });

    test("the next process of the installation has the same authority and admin, and brings users that changed meanwhile", async () => {
      const wanted = node("redis", "inherited", { tls: "required", users: token("first-token-of-all") });
      const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
      const ca = await backend.certificateAuthority();
      await using second = await bench.connect();
      await using heir = bench.backend({ client: second });
      const changed = { ...wanted, access: { tls: "required" as const, users: token("second-token-of-all") } };
      expect(await heir.start(changed, { signal: signal() })).toEqual({ endpoint, instance });
      expect(await heir.certificateAuthority()).toBe(ca);
      expect(await said(endpoint, [["AUTH", "second-token-of-all"], ["PING"]], ca)).toBe("PONG");
    });

    test("processes that make the authority at the same moment have the same one", async () => {
      const { kubeconfig, namespace } = bench.cluster;
      const racing = { kubeconfig, namespace, installationId: "racing" };
      await using one = await K8sClient.connect(racing);
      await using two = await K8sClient.connect(racing);
      await using first = bench.backend({ client: one, deleteOnClose: true });
      await using second = bench.backend({ client: two, deleteOnClose: true });
      const [a, b] = await Promise.all([first.certificateAuthority(), second.certificateAuthority()]);
      expect(a).toMatch(/^-----BEGIN CERTIFICATE-----/);
      expect(b).toBe(a);
      expect(await backend.certificateAuthority()).not.toBe(a);
    });

    test("no secret is in a Pod, a Service or an event", async () => {
      const wanted = node("redis", "quiet", { tls: "required", users: token("first-token-of-all") });
      await backend.start(wanted, { signal: signal() });
      const secret = (await client.listSecrets("fakecloud-elasticache=quiet"))[0];
      const decoded = (file: string) => Buffer.from(secret?.data?.[file] ?? "", "base64").toString();
      const admin = /masterauth (\w+)/.exec(decoded("engine.conf"))?.[1] ?? "none";
      expect(admin).toMatch(/^[0-9a-f]{64}$/);
      const selector = "fakecloud-elasticache=quiet";
      const seen = JSON.stringify(await Promise.all([client.listPods(selector), client.listServices(selector)]));
      for (const word of [admin, hash(admin), hash("first-token-of-all"), "PRIVATE KEY"])
        expect(seen).not.toContain(word);
    });
  });
}
