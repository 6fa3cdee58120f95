import type { CacheEngine, CacheNodeSpec } from "@fc/elasticache/backend";
import { K8sPodConfig } from "@fc/k8s";
import type { V1Pod } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { buildCachePod } from "./build-cache-pod.ts";
import { buildCacheService, switchPatch } from "./build-cache-service.ts";
import { cachePodName, serviceName } from "./cache-names.ts";

/** As kubectl reads it. */
const yaml = { version: "1.1", aliasDuplicateObjects: false } as const;

const spec = (engine: CacheEngine): CacheNodeSpec => ({
  nodeKey: "000000000000/us-east-1/cluster/My_Cache/i1/0001",
  account: "000000000000",
  region: "us-east-1",
  resourceType: "cluster",
  resourceId: "My_Cache",
  nodeId: "0001",
  engine,
  engineVersion: "7.1",
  nodeType: "cache.t3.small",
  port: 7000,
  parameters: engine === "memcached" ? { max_item_size: "2097152" } : { "maxmemory-policy": "allkeys-lru" },
  tags: {},
});

const named = (name: string): V1Pod => ({ metadata: { name } });

describe("buildCachePod", () => {
  test.each(["redis", "valkey", "memcached"] as const)("builds the Pod of a %s node", async (engine) => {
    const accessSecret = engine === "memcached" ? undefined : "fakecloud-ec-my-cache-111111111111";
    const pod = buildCachePod(spec(engine), { name: "fakecloud-ec-my-cache-000000000000", accessSecret });
    await expect(stringify(pod, yaml)).toMatchFileSnapshot(`__golden__/${engine}-pod.yaml`);
  });

  test("builds a Pod whose data is on a claim, restored as the base of its append-only file", async () => {
    const pod = buildCachePod(spec("redis"), {
      name: "fakecloud-ec-my-cache-000000000000",
      accessSecret: "fakecloud-ec-my-cache-111111111111",
      claim: "fakecloud-ec-my-cache-000000000000",
      chown: true,
      restore: { secretName: "fakecloud-ec-my-cache-000000000000", sha256: "ab".repeat(32) },
    });
    await expect(stringify(pod, yaml)).toMatchFileSnapshot("__golden__/redis-claim-pod.yaml");
  });

  test("builds the Pod of a configuration endpoint", () => {
    const discovers = { version: 3, nodes: ["a", "b"] };
    const discovered = "10.0.0.1|10.0.0.1|11211 10.0.0.2|10.0.0.2|11211";
    const pod = buildCachePod({ ...spec("memcached"), discovers }, { name: "p", discovered });
    const [container] = pod.spec?.containers ?? [];
    expect(container?.image).toBe("node:24-alpine");
    expect(container?.env).toContainEqual({ name: "NODES", value: discovered });
    expect(container?.env).toContainEqual({ name: "CONFIGURATION_VERSION", value: "3" });
  });

  test("builds a restore step that has its token by reference only", async () => {
    const restore = { secretName: "fakecloud-ec-my-cache-000000000000", sha256: "ab".repeat(32) };
    const pod = buildCachePod(spec("redis"), {
      name: "fakecloud-ec-my-cache-000000000000",
      restore,
      pullSecret: "pull",
    });
    await expect(stringify(pod, yaml)).toMatchFileSnapshot("__golden__/redis-restore-pod.yaml");
    const plain = buildCachePod(spec("redis"), { name: "fakecloud-ec-my-cache-000000000000" });
    expect(pod.spec?.containers).toEqual(plain.spec?.containers);
  });

  test("listens encrypted only where that is required, with the certificate from the Secret", async () => {
    const wanted: CacheNodeSpec = { ...spec("redis"), access: { tls: "required" } };
    const pod = buildCachePod(wanted, { name: "fakecloud-ec-my-cache-000000000000", accessSecret: "s" });
    const args = pod.spec?.containers[0]?.args?.join(" ");
    expect(args).toContain("--port 0 --tls-port 6379 --tls-cert-file /run/fakecloud-cache/tls.crt");
    const memcached: CacheNodeSpec = { ...spec("memcached"), access: { tls: "required" } };
    expect(buildCachePod(memcached, { name: "p", accessSecret: "s" }).spec?.containers[0]?.args?.slice(-3)).toEqual([
      "-o",
      "ssl_chain_cert=/run/fakecloud-cache/tls.crt,ssl_key=/run/fakecloud-cache/tls.key",
      "-Z",
    ]);
  });

  test("has no user and no hash of a password in an object that everybody reads", () => {
    const users = [{ name: "app", rules: "on ~* +@all", passwordHashes: ["ab".repeat(32)], open: false }];
    const wanted: CacheNodeSpec = { ...spec("redis"), access: { users } };
    const service = buildCacheService(wanted, { name: "s", podName: "p" });
    const objects = [buildCachePod(wanted, { name: "p", accessSecret: "s" }), service, switchPatch(wanted, named("p"))];
    for (const object of objects) expect(JSON.stringify(object)).not.toMatch(/abab|"app"/);
  });

  test("lets a tag win over the base of the Pod configuration", () => {
    const base = new K8sPodConfig({ nodeSelector: { zone: "a", disk: "ssd" } });
    const tags = K8sPodConfig.fromTags({ "fakecloud-k8s/node-selector": "zone=b" });
    expect(base.merge(tags).apply(buildCachePod(spec("redis"), { name: "p" })).spec?.nodeSelector).toEqual({
      zone: "b",
      disk: "ssd",
    });
  });
});

describe("buildCacheService", () => {
  test("builds the Service of a node", async () => {
    const service = buildCacheService(spec("redis"), { name: "fakecloud-ec-svc", podName: "fakecloud-ec-pod" });
    await expect(stringify(service, yaml)).toMatchFileSnapshot("__golden__/redis-service.yaml");
  });

  test("switches to another Pod with one patch that also records what is wanted", () => {
    expect(switchPatch(spec("memcached"), named("next"))).toMatchObject({
      metadata: { annotations: { "fakecloud-cache-state": "available" } },
      spec: { selector: { "fakecloud-cache-pod": "next" }, ports: [{ port: 7000, targetPort: 11_211 }] },
    });
  });
});

describe("switchPatch", () => {
  test("records the claim of the Pod, and forgets a former one when the Pod has none", () => {
    const claim = "fakecloud-cache-claim";
    const pod = buildCachePod(spec("redis"), { name: "p", accessSecret: "s", claim: "c" });
    expect(switchPatch(spec("redis"), pod)).toMatchObject({ metadata: { annotations: { [claim]: "c" } } });
    expect(switchPatch(spec("redis"), named("q"))).toMatchObject({ metadata: { annotations: { [claim]: null } } });
  });
});

describe("names", () => {
  test("differ for every launch, node and installation, and are legal however long the id", () => {
    const id = "X_".repeat(60);
    const all = [
      cachePodName(id, "a", "1"),
      cachePodName(id, "a", "2"),
      cachePodName(id, "b", "1"),
      serviceName(id, "a", "one"),
      serviceName(id, "a", "two"),
    ];
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) expect(name).toMatch(/^fakecloud-ec-[a-z0-9-]{1,50}$/);
  });
});
