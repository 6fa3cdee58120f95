import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  CreateCacheClusterCommand,
  DescribeCacheClustersCommand,
  waitUntilCacheClusterAvailable,
} from "@aws-sdk/client-elasticache";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { createCertificateAuthority } from "@fc/core/certificates";
import { FcCluster } from "@fc-repo/development-cluster";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elastiCacheClient, lambdaClient, quickly } from "../lib/clients.ts";
import { createFunction, invoke, node, zipOf } from "../lib/functions.ts";
import { helmProgram } from "../lib/helm.ts";
import { type LabelledPod, type NetworkPolicy, reaches } from "../lib/network-policies.ts";
import { execProgram, lacks } from "../lib/programs.ts";
import { createNamespace, kubectl } from "../lib/server-on-cluster.ts";
import { runClient } from "./inside-job.ts";
import { installBase } from "./install-base.ts";
import { type PortForward, portForward } from "./port-forward.ts";
import { serverImage } from "./server-image.ts";
import { runSuite, runSuiteInJob } from "./suite.ts";

const namespace = `fc-e2e-inside-${randomBytes(4).toString("hex")}`;
const here = (...args: readonly string[]): Promise<string> => kubectl("-n", namespace, ...args);
const long = { timeout: 60_000, interval: 500 };

/** Counts in a cache: one command, one answer. */
const counter = `import { connect } from "node:net"; export const handler = (event) => new Promise((resolve, reject) => { const socket = connect(6379, event.Address, () => socket.write("INCR n\\r\\n")); socket.once("error", reject); socket.once("data", (data) => { socket.destroy(); resolve(data.toString()); }); });`;

async function names(kind: string, selector: string): Promise<string[]> {
  return (await here("get", kind, "-l", selector, "-o", "name")).split("\n").filter(Boolean);
}

let image: string;
beforeAll(async () => {
  image = await serverImage();
});

describe("the server's image in a namespace with Pod Security restricted, by the kustomize base", () => {
  let forward: PortForward;

  beforeAll(async () => {
    await installBase(namespace, image);
    forward = await portForward(namespace, "fakecloud", 4566);
  });
  afterAll(async () => {
    await forward?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  test("serves those outside, through a forwarded port", async () => {
    const lambda = lambdaClient(forward.url);
    const elasticache = elastiCacheClient(forward.url);
    const cache = { CacheClusterId: "counter" };
    await elasticache.send(
      new CreateCacheClusterCommand({ ...cache, Engine: "redis", CacheNodeType: "cache.t3.micro", NumCacheNodes: 1 }),
    );
    await createFunction(lambda, node("outside", counter));
    await waitUntilCacheClusterAvailable({ client: elasticache, ...quickly }, cache);
    const { CacheClusters } = await elasticache.send(
      new DescribeCacheClustersCommand({ ...cache, ShowCacheNodeInfo: true }),
    );
    const { Address = "" } = CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint ?? {};
    expect(Address).toContain(`.${namespace}.svc`);
    expect((await invoke(lambda, "outside", { Address })).payload).toBe(":1\r\n");
  });

  test("serves Pods of the cluster, by its Service", async () => {
    const CODE = (await zipOf({ "index.mjs": counter })).toString("base64");
    const said = await runClient(namespace, image, { SERVER: "http://fakecloud:4566", CACHE: "counter", CODE });
    expect(JSON.parse(said)).toMatchObject({ answer: ":2\r\n", got: "$1\r\n2\r\n", user: 65_532 });
  });

  test("its NetworkPolicies, where a network enforces them, let in who needs it and nobody else", async () => {
    const read = async (kind: string, ...args: readonly string[]): Promise<never[]> =>
      (JSON.parse(await here("get", kind, "-o", "json", ...args)) as { items: never[] }).items;
    const policies: NetworkPolicy[] = await read("networkpolicies");
    expect(policies).toHaveLength(3);
    const one = async (selector: string): Promise<LabelledPod> => {
      const [pod] = (await read("pods", "-l", selector)) as LabelledPod[];
      if (pod === undefined) throw new Error(`no Pod has ${selector}`);
      return pod;
    };
    const server = await one(
      "app.kubernetes.io/component=server,app.kubernetes.io/name=fakecloud,!fakecloud-managed-by",
    );
    const lambda = await one("fakecloud-service=lambda");
    const cache = await one("fakecloud-service=elasticache");
    const job = await one("job-name=client");
    const from = { server, lambda, cache, job, elsewhere: "elsewhere" } as const;
    const whoReaches = (to: LabelledPod, port: number): string[] =>
      Object.entries(from).flatMap(([name, pod]) => (pod !== to && reaches(policies, pod, to, port) ? [name] : []));
    expect({
      aws: whoReaches(server, 4566),
      internal: whoReaches(server, 4567),
      functions: whoReaches(lambda, 8080),
      caches: whoReaches(cache, 6379),
    }).toEqual({
      aws: ["lambda", "cache", "job", "elsewhere"],
      internal: ["lambda", "cache"],
      functions: ["server"],
      caches: ["server", "lambda", "job"],
    });
  });

  test("is found to be in order by its own doctor", async () => {
    const doctor = ["/usr/local/bin/node", "/app/bin/fc-server.js", "doctor", "--json"];
    const { lines } = JSON.parse(await here("exec", "deployment/fakecloud", "--", ...doctor)) as {
      lines: { subject: string; state: string }[];
    };
    expect(lines.filter(({ state }) => state !== "ok")).toEqual([]);
    expect(lines.map(({ subject }) => subject)).toContain("Pods reach the server");
  });

  test("a rollout keeps functions and caches: the next server finds them on the volume", async () => {
    const caches = await names("pods", "fakecloud-service=elasticache");
    expect(caches).toHaveLength(1);
    await forward[Symbol.asyncDispose]();
    await here("rollout", "restart", "deployment/fakecloud");
    await here("rollout", "status", "deployment/fakecloud", "--timeout=90s");
    forward = await portForward(namespace, "fakecloud", 4566);
    const { CacheClusters } = await elastiCacheClient(forward.url).send(
      new DescribeCacheClustersCommand({ CacheClusterId: "counter", ShowCacheNodeInfo: true }),
    );
    const { Address = "" } = CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint ?? {};
    expect((await invoke(lambdaClient(forward.url), "outside", { Address })).payload).toBe(":3\r\n");
    expect(await names("pods", "fakecloud-service=elasticache")).toEqual(caches);
  });

  test("what the server made for itself goes with its Deployment; caches wait for the next server", async () => {
    const functions = "fakecloud-instance,fakecloud-service=lambda";
    expect(await names("pods", functions)).not.toEqual([]);
    await here("delete", "deployment/fakecloud", "--cascade=foreground");
    await expect.poll(() => names("pods,secrets,leases", "fakecloud-instance"), long).toEqual([]);
    expect(await names("pods", "fakecloud-service=elasticache")).toHaveLength(1);
  });
});

describe("the end-to-end tests, against the server in a namespace with Pod Security restricted", () => {
  const namespace = `fc-e2e-suite-${randomBytes(4).toString("hex")}`;
  const job = `${namespace}-job`;
  const timeout = 360_000;
  beforeAll(() => installBase(namespace, image));
  afterAll(() => kubectl("delete", "namespace", namespace, job, "--wait=false", "--ignore-not-found"));

  test("pass from outside, through a forwarded port", { timeout }, async () => {
    await using forward = await portForward(namespace, "fakecloud", 4566);
    await runSuite("e2e/lambda-functions.e2e.test.ts", forward.url);
  });

  const isHere = FcCluster.of(process.env["KUBECONFIG"] ?? "", process.env) !== undefined;
  test.runIf(isHere)("pass from inside, in a Job of another namespace", { timeout }, async () => {
    await kubectl("create", "namespace", job);
    await runSuiteInJob("e2e/lambda-invoke.e2e.test.ts", job, image, `http://fakecloud.${namespace}:4566`);
  });
});

describe.skipIf(await lacks(helmProgram, "version"))("the chart", () => {
  const namespace = `fc-e2e-helm-${randomBytes(4).toString("hex")}`;
  const imageValues = (): { readonly repository: string; readonly tag: string } => {
    const [, repository = "", tag = ""] = /^(.*):([^:/]+)$/.exec(image) ?? [];
    return { repository, tag };
  };
  const chart = fileURLToPath(new URL("../../deploy/helm/fakecloud", import.meta.url));
  const helm = (...args: readonly string[]): Promise<string> =>
    execProgram(helmProgram, ["-n", namespace, ...args], process.env as Record<string, string>);
  beforeAll(() => createNamespace(namespace));
  afterAll(() => kubectl("delete", "namespace", namespace, "--wait=false"));

  test("installs a server that runs functions, and leaves nothing when it is removed", async () => {
    const { repository, tag } = imageValues();
    // Without a volume everything goes with the server.
    const values = [`image.repository=${repository}`, `image.tag=${tag}`, "settings.FAKECLOUD_LAMBDA_K8S_POOL_SIZE=0"];
    const install = ["install", "mine", chart, "--wait", "--timeout", "90s", "--set", "persistence.enabled=false"];
    await helm(...install, "--set-string", values.join(","));
    {
      await using forward = await portForward(namespace, "mine-fakecloud", 4566);
      const lambda = lambdaClient(forward.url);
      await createFunction(lambda, node("hello", "export const handler = async () => process.env.AWS_ENDPOINT_URL;"));
      expect((await invoke(lambda, "hello")).payload).toBe("http://mine-fakecloud-internal:4566");
      expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toHaveLength(1);
    }
    await helm("uninstall", "mine", "--wait", "--timeout", "90s");
    await nothingIsLeft();
  });

  test("serves HTTPS, has a port for administration, and is ready when its init hooks are done", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fc-e2e-helm-"));
    const file = async (name: string, content: string): Promise<string> => {
      await writeFile(join(folder, name), content);
      return `--from-file=${join(folder, name)}`;
    };
    const authority = createCertificateAuthority({ commonName: "company", nowMs: Date.now() });
    const agent = new Agent({ ca: authority.certificate });
    const names = ["127.0.0.1", "mine-fakecloud-internal"];
    const { certificate, key } = authority.issue({ commonName: "fc", usage: "server", names });
    const ca = await file("ca.crt", authority.certificate);
    await kubectl("create", "configmap", "company", "-n", namespace, ca);
    const files = [ca, await file("tls.crt", certificate), await file("tls.key", key)];
    await kubectl("create", "secret", "generic", "pair", "-n", namespace, ...files);
    const code = (
      await zipOf({
        "index.mjs":
          "export const handler = async () => (await fetch(process.env.AWS_ENDPOINT_URL + '/_fakecloud/ready')).status;",
      })
    ).toString("base64");
    const seed = `const made = await fetch(process.env.AWS_ENDPOINT_URL + "/2015-03-31/functions", { method: "POST", body: JSON.stringify({
      FunctionName: "seeded", Runtime: "nodejs22.x", Handler: "index.handler", Role: "arn:aws:iam::123456789012:role/r", Code: { ZipFile: "${code}" } }) });
    if (made.status !== 201) throw new Error(await made.text());`;
    await writeFile(
      join(folder, "values.json"),
      JSON.stringify({
        image: imageValues(),
        persistence: { enabled: false },
        tls: { secretName: "pair" },
        admin: { enabled: true },
        initHooks: { "seed.mjs": seed },
        settings: {
          FAKECLOUD_LAMBDA_K8S_POOL_SIZE: "0",
          FAKECLOUD_LAMBDA_K8S_CA_CONFIG_MAP: "company",
          // Hooks trust the server by it.
          NODE_EXTRA_CA_CERTS: "/tls/ca.crt",
        },
      }),
    );
    await helm("install", "mine", chart, "--wait", "--timeout", "90s", "--values", join(folder, "values.json"));
    {
      await using forward = await portForward(namespace, "mine-fakecloud", 4566);
      const lambda = new LambdaClient({
        endpoint: forward.url.replace("http:", "https:"),
        region: "us-east-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        requestHandler: { httpsAgent: agent },
      });
      expect((await invoke(lambda, "seeded")).payload).toBe(200);
      lambda.destroy();
    }
    {
      await using forward = await portForward(namespace, "mine-fakecloud-admin", 4568);
      const url = forward.url.replace("http:", "https:");
      const [answer] = (await once(get(`${url}/_fakecloud/lambda/functions`, { agent }), "response")) as [
        IncomingMessage,
      ];
      expect(JSON.parse(await text(answer))).toMatchObject({ functions: [{ functionName: "seeded" }] });
    }
    agent.destroy();
    await helm("uninstall", "mine", "--wait", "--timeout", "90s");
    await kubectl("delete", "secret", "pair", "-n", namespace);
    await nothingIsLeft();
    await rm(folder, { recursive: true });
  });

  async function nothingIsLeft(): Promise<void> {
    const kinds = "pods,services,secrets,leases,networkpolicies,roles,persistentvolumeclaims";
    const left = (): Promise<string> => kubectl("-n", namespace, "get", kinds, "-o", "name");
    await expect.poll(left, { timeout: 60_000, interval: 500 }).toBe("");
  }
});
