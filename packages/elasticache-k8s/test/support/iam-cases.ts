import type { CacheNodeSpec, CacheUser } from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import { said } from "./access-client.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, openBench, signal } from "./cases-bench.ts";
import { goodSignature } from "./rdb-server.ts";

const iam = (name: string): CacheUser => ({ name, rules: "on ~* +@all", passwordHashes: [], open: false, iam: true });
const words: CacheUser = { name: "words", rules: "on ~* +@all", passwordHashes: [], open: true };
const token = (user: string, signature = goodSignature): string =>
  `cache/?Action=connect&User=${user}&X-Amz-Signature=${signature}`;

/** Users with IAM authentication, on every cluster. */
export function iamCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let bench: CasesBench;
    let client: K8sClient;
    let backend: ElastiCacheK8sBackend;
    let ca: string;
    const node = (id: string, tls: "required" | "preferred", ...users: CacheUser[]): CacheNodeSpec =>
      spec("valkey", id, { access: { tls, users } });

    beforeAll(async () => {
      bench = await openBench(start, "iam");
      client = bench.client;
      backend = bench.backend({ deleteOnClose: true });
      ca = await backend.certificateAuthority();
    });
    afterAll(() => bench?.[Symbol.asyncDispose]());

    test("a token that the server calls good is the user's password, in every way to say it", async () => {
      const wanted = node("iam", "required", iam("app"), words);
      const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
      const whoami = ["ACL", "WHOAMI"];
      expect(
        await said(
          endpoint,
          [
            ["AUTH", "app", token("app")],
            ["SET", "k", "x".repeat(100_000)],
          ],
          ca,
        ),
      ).toBe("OK");
      expect(await said(endpoint, [["HELLO", "2", "AUTH", "app", token("app"), "SETNAME", "me"], whoami], ca)).toBe(
        "app",
      );
      expect(await said(endpoint, [["AUTH", "words", "any"], whoami], ca)).toBe("words");
      expect(
        String(
          await said(
            endpoint,
            [
              ["AUTH", "app", token("app")],
              ["GET", "k"],
            ],
            ca,
          ),
        ),
      ).toHaveLength(100_000);
      for (const password of [token("app", "wrong"), token("other"), "no-token", ""])
        await expect(said(endpoint, [["AUTH", "app", password]], ca), password).rejects.toThrow(/WRONGPASS/);
      await expect(said(endpoint, [["PING"]], ca)).rejects.toThrow(/NOAUTH/);
      await expect(said(endpoint, [["AUTH", "app", token("app")]])).rejects.toThrow(/closed|ECONNRESET/);
      expect((await execRedis(client, instance, ["STRLEN", "k"])).stdout).toBe("100000\n");
      expect((await backend.snapshot(wanted, { signal: signal() })).sizeBytes).toBeGreaterThan(0);
    });

    test("the first such user of a running engine comes with a new Pod and the data; further ones and the last do not", async () => {
      const before = node("later", "preferred", words);
      const { endpoint, instance } = await backend.start(before, { signal: signal() });
      expect(
        await said(
          endpoint,
          [
            ["AUTH", "words", "any"],
            ["SET", "k", "v"],
          ],
          ca,
        ),
      ).toBe("OK");
      await backend.applyAccess(node("later", "preferred", iam("app"), words), { signal: signal() });
      const pods = async (): Promise<(string | undefined)[]> =>
        (await client.listPods("fakecloud-elasticache=later"))
          .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
          .map(({ metadata }) => metadata?.name);
      const [second, ...others] = await pods();
      expect(others).toEqual([]);
      expect(second).not.toBe(instance);
      expect(
        await said(
          endpoint,
          [
            ["AUTH", "app", token("app")],
            ["GET", "k"],
          ],
          ca,
        ),
      ).toBe("v");
      expect(
        await said(endpoint, [
          ["AUTH", "words", "any"],
          ["GET", "k"],
        ]),
      ).toBe("v");
      await expect(said(endpoint, [["AUTH", "app", token("app")]])).rejects.toThrow(/WRONGPASS/);
      await backend.applyAccess(node("later", "preferred", iam("app"), iam("more")), { signal: signal() });
      expect(
        await said(
          endpoint,
          [
            ["AUTH", "more", token("more")],
            ["GET", "k"],
          ],
          ca,
        ),
      ).toBe("v");
      await backend.applyAccess(node("later", "preferred", words), { signal: signal() });
      await expect(said(endpoint, [["AUTH", "app", token("app")]], ca)).rejects.toThrow(/WRONGPASS/);
      expect(await pods()).toEqual([second]);
    });

    test("no secret of it is in a Pod, and nobody without the node's token is told the password", async () => {
      const wanted = node("secret", "required", iam("app"));
      await backend.start(wanted, { signal: signal() });
      const [secret] = await client.listSecrets("fakecloud-elasticache=secret");
      const nodeToken = Buffer.from(secret?.data?.["iam.token"] ?? "", "base64").toString();
      const password = await backend.iamPassword(wanted.nodeKey, nodeToken);
      expect(password).toMatch(/^[0-9a-f]{64}$/);
      expect(await backend.iamPassword(wanted.nodeKey, "another")).toBeUndefined();
      expect(await backend.iamPassword("another", nodeToken)).toBeUndefined();
      const seen = JSON.stringify(await client.listPods("fakecloud-elasticache=secret"));
      for (const word of [nodeToken, String(password)]) expect(seen).not.toContain(word);
    });
  });
}
