import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { type Call, send } from "../lib/load.ts";
import { type OnCluster, startOnCluster } from "../lib/on-cluster.ts";
import type { Sample } from "./samples.ts";

interface Pool {
  readonly image: string;
  readonly wanted: number;
  readonly waiting: number;
  readonly missed: number;
}

/** The server on a cluster, in a namespace of its own under Pod Security restricted. */
export class ClusterServer implements AsyncDisposable {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #lambda: LambdaClient;
  readonly #server: OnCluster;

  private constructor(server: OnCluster) {
    this.#server = server;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    this.#lambda = new LambdaClient({ endpoint: server.url, region: "us-east-1", credentials });
  }

  /** @param host the address at which Pods reach this machine; default: that of the first node */
  static async start(
    kubeconfig: string,
    host: string | undefined,
    settings: Record<string, string>,
  ): Promise<ClusterServer> {
    return new ClusterServer(await startOnCluster(kubeconfig, host, ["--lambda-backend", "k8s"], settings));
  }

  get url(): string {
    return this.#server.url;
  }

  async create(sample: Sample, name: string): Promise<void> {
    const { runtime, handler, code, tags = {} } = sample;
    await this.#lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: runtime as "nodejs22.x",
        Handler: handler,
        Role: "arn:aws:iam::123456789012:role/bench",
        Timeout: 30,
        Code: { ZipFile: code },
        Tags: tags,
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

  /** The next invocation of each of these functions is a cold start. */
  async evict(names: readonly string[]): Promise<void> {
    const url = (name: string): string => `${this.url}/_fakecloud/lambda/${name}/evict-container`;
    await Promise.all(names.map((name) => send({ url: url(name), method: "POST" }, this.#agent)));
  }

  /** How many environments the function has. */
  async environments(name: string): Promise<number> {
    const answer = await fetch(`${this.url}/_fakecloud/lambda/warm-containers`);
    const { containers } = (await answer.json()) as { containers: { functionName: string }[] };
    return containers.filter(({ functionName }) => functionName === name).length;
  }

  /** How many launches found no waiting Pod so far. */
  async missed(): Promise<number> {
    return (await this.pools()).reduce((sum, { missed }) => sum + missed, 0);
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

  /**
   * Memory of each waiting Pod in MiB by its image, as the kubelet tells (usage of the cgroup, page cache included). It looks at a
   * Pod only now and then, hence the waiting.
   */
  async idleMemoryMiB(): Promise<Map<string, number[]>> {
    const until = performance.now() + 60_000;
    for (;;) {
      const pods = this.#waitingPods();
      const usage = this.#memoryByUid(new Set(pods.map(({ node }) => node)));
      const missing = pods.some(({ uid }) => (usage.get(uid) ?? 0) === 0);
      if (missing && performance.now() > until) throw new Error("The kubelet does not tell the memory of every Pod");
      if (!missing) {
        const found = new Map<string, number[]>();
        for (const { uid, image } of pods)
          found.set(image, [...(found.get(image) ?? []), (usage.get(uid) ?? 0) / 1_048_576]);
        return found;
      }
      await delay(2_000);
    }
  }

  #waitingPods(): { uid: string; node: string; image: string }[] {
    const args = ["get", "pods", "-n", this.#server.namespace, "-l", "fakecloud-lambda-pool", "-o", "json"];
    const { items } = JSON.parse(this.#server.kubectl(...args)) as {
      items: { metadata: { uid: string }; spec: { nodeName: string; containers: { image: string }[] } }[];
    };
    return items.map(({ metadata, spec }) => ({
      uid: metadata.uid,
      node: spec.nodeName,
      image: spec.containers[0]?.image.split("/").at(-1) ?? "",
    }));
  }

  #memoryByUid(nodes: ReadonlySet<string>): Map<string, number> {
    const usage = new Map<string, number>();
    for (const node of nodes) {
      const text = this.#server.kubectl("get", "--raw", `/api/v1/nodes/${node}/proxy/stats/summary`);
      const { pods } = JSON.parse(text) as { pods: { podRef: { uid: string }; memory?: { usageBytes?: number } }[] };
      for (const { podRef, memory } of pods) usage.set(podRef.uid, memory?.usageBytes ?? 0);
    }
    return usage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await this.#server[Symbol.asyncDispose]();
  }
}
