import { randomBytes } from "node:crypto";
import {
  CreateCacheClusterCommand,
  DescribeCacheClustersCommand,
  waitUntilCacheClusterAvailable,
} from "@aws-sdk/client-elasticache";
import { requiredPermissions, roleYaml } from "@fc/k8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elastiCacheClient, lambdaClient, quickly } from "../lib/clients.ts";
import { createFunction, invoke, node } from "../lib/functions.ts";
import { ask, resp } from "../lib/resp.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";
import { accountKubeconfig } from "./account-kubeconfig.ts";

const namespace = `fc-e2e-${randomBytes(4).toString("hex")}`;

/** The Role of the documents, as an administrator leaves it who allows nobody to exec. */
const role = roleYaml(requiredPermissions.filter(({ resource }) => resource !== "pods/exec"));

describe("the server on a real cluster, with its Role alone and without exec, under Pod Security restricted", () => {
  let server: ServerProcess;
  let account: Awaited<ReturnType<typeof accountKubeconfig>>;

  beforeAll(async () => {
    await createNamespace(namespace);
    account = await accountKubeconfig(namespace, role);
    server = await startServerOnCluster(namespace, { KUBECONFIG: account.path });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await account?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  test("a function counts in a cache: AWS's own runtime client in one Pod, redis in another", async () => {
    const elasticache = elastiCacheClient(server.url);
    await elasticache.send(
      new CreateCacheClusterCommand({
        CacheClusterId: "counter",
        Engine: "redis",
        CacheNodeType: "cache.t3.micro",
        NumCacheNodes: 1,
      }),
    );
    await waitUntilCacheClusterAvailable({ client: elasticache, ...quickly }, { CacheClusterId: "counter" });
    const { CacheClusters } = await elasticache.send(
      new DescribeCacheClustersCommand({ CacheClusterId: "counter", ShowCacheNodeInfo: true }),
    );
    const { Address = "", Port = 0 } = CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint ?? {};
    const lambda = lambdaClient(server.url);
    const source = `import { connect } from "node:net"; export const handler = (event) => new Promise((resolve, reject) => { console.log("counting"); const socket = connect(event.Port, event.Address, () => socket.write("INCR n\\r\\n")); socket.once("error", reject); socket.once("data", (data) => { socket.destroy(); resolve(data.toString()); }); });`;
    await createFunction(lambda, node("counter", source));
    expect((await invoke(lambda, "counter", { Address, Port })).payload).toBe(":1\r\n");
    const second = await invoke(lambda, "counter", { Address, Port }, { LogType: "Tail" });
    expect(second.payload).toBe(":2\r\n");
    expect(second.log).toContain("counting");
    expect(await ask(Address, Port, resp("GET", "n"))).toBe("$1\r\n2\r\n");
  });

  test("a stop leaves nothing in the namespace", async () => {
    expect(await server.stop("SIGTERM")).toBe(0);
    const left = await kubectl("get", "pods,services,secrets,leases", "-n", namespace, "-o", "name");
    expect(left.trim()).toBe("");
  });
});
