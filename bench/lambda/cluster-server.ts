import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { type Call, send } from "../lib/load.ts";
import { startMeasured, stop } from "../lib/server-process.ts";
import type { Sample } from "./samples.ts";

interface Pool {
  readonly image: string;
  readonly wanted: number;
  readonly waiting: number;
  readonly missed: number;
}

const serverProgram = new URL("../../packages/server/bin/fc-server.js", import.meta.url);

/** The server on a cluster, in a namespace of its own under Pod Security restricted. */
export class ClusterServer implements AsyncDisposable {
  readonly url: string;
  readonly namespace: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #child: Parameters<typeof stop>[0];
  readonly #lambda: LambdaClient;
  readonly #kubectl: (...args: string[]) => string;

  private constructor(
    url: string,
    namespace: string,
    child: Parameters<typeof stop>[0],
    kubectl: (...args: string[]) => string,
  ) {
    this.url = url;
    this.namespace = namespace;
    this.#child = child;
    this.#kubectl = kubectl;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    this.#lambda = new LambdaClient({ endpoint: url, region: "us-east-1", credentials });
  }

  /** @param host the address at which Pods reach this machine; default: that of the first node */
  static async start(
    kubeconfig: string,
    host: string | undefined,
    settings: Record<string, string>,
  ): Promise<ClusterServer> {
    const namespace = `fc-bench-${randomBytes(4).toString("hex")}`;
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const kubectl = (...args: string[]): string => execFileSync("kubectl", args, { env, encoding: "utf8" });
    const path = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
    const self = host ?? kubectl("get", "nodes", "-o", path);
    kubectl("create", "namespace", namespace);
    kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
    const { child, url } = await startMeasured(
      serverProgram,
      ["--addr", "0.0.0.0:0", "--lambda-backend", "k8s", "--log-level", "error"],
      "/_fakecloud/health",
      {
        KUBECONFIG: kubeconfig,
        FAKECLOUD_K8S_NAMESPACE: namespace,
        FAKECLOUD_K8S_SELF_URL: `http://${self}`,
        ...settings,
      },
    );
    return new ClusterServer(url, namespace, child, kubectl);
  }

  async create(sample: Sample, name: string): Promise<void> {
    const { runtime, handler, code } = sample;
    await this.#lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: runtime as "nodejs22.x",
        Handler: handler,
        Role: "arn:aws:iam::123456789012:role/bench",
        Timeout: 30,
        Code: { ZipFile: code },
      }),
    );
    const wait = { client: this.#lambda, minDelay: 1, maxDelay: 1, maxWaitTime: 60 };
    await waitUntilFunctionActiveV2(wait, { FunctionName: name });
  }

  call(name: string): Call {
    return { url: `${this.url}/2015-03-31/functions/${name}/invocations`, method: "POST", body: "{}" };
  }

  /** Milliseconds of one invocation. */
  async timed(name: string): Promise<number> {
    const started = performance.now();
    await send(this.call(name), this.#agent);
    return performance.now() - started;
  }

  /** The function's next invocation is a cold start. */
  async evict(name: string): Promise<void> {
    await send({ url: `${this.url}/_fakecloud/lambda/${name}/evict-container`, method: "POST" }, this.#agent);
  }

  async pools(): Promise<readonly Pool[]> {
    const { pools } = (await (await fetch(`${this.url}/_fakecloud/lambda/pools`)).json()) as { pools: Pool[] };
    return pools;
  }

  /** Waits until every pool is full, and a little more, so that the machine is quiet. */
  async poolAtRest(): Promise<void> {
    const until = performance.now() + 120_000;
    while ((await this.pools()).some(({ wanted, waiting }) => waiting < wanted)) {
      if (performance.now() > until) throw new Error(`The pool is not full: ${JSON.stringify(await this.pools())}`);
      await delay(250);
    }
    await delay(2_500);
  }

  /** Memory of each waiting Pod in MiB, as the kubelet tells (usage, page cache included). */
  idleMemoryMiB(): number[] {
    const pods = JSON.parse(
      this.#kubectl("get", "pods", "-n", this.namespace, "-l", "fakecloud-lambda-pool", "-o", "json"),
    ) as { items: { metadata: { uid: string }; spec: { nodeName: string } }[] };
    const nodes = [...new Set(pods.items.map(({ spec }) => spec.nodeName))];
    const stats = nodes.flatMap((node) => {
      const text = this.#kubectl("get", "--raw", `/api/v1/nodes/${node}/proxy/stats/summary`);
      return (JSON.parse(text) as { pods: { podRef: { uid: string }; memory?: { usageBytes?: number } }[] }).pods;
    });
    const ours = new Set(pods.items.map(({ metadata }) => metadata.uid));
    return stats.flatMap(({ podRef, memory }) =>
      ours.has(podRef.uid) && memory?.usageBytes !== undefined ? [memory.usageBytes / 1_048_576] : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await stop(this.#child);
    this.#kubectl("delete", "namespace", this.namespace, "--wait=false");
  }
}
