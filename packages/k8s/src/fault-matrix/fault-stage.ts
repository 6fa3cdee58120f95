import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { CoreV1Api, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { K8sClient } from "../client/k8s-client.ts";
import { names } from "../names.ts";
import { podIsReady } from "../pods/pod-status.ts";
import { FaultProxy } from "../testing/fault-proxy/fault-proxy.ts";
import { StepClock } from "../testing/step-clock.ts";

/** Echoes on a port, and counts aloud: `line 0`, `line 1`… */
const script = `
NC=$(command -v nc || echo "busybox nc")
$NC -ll -p $ECHO_PORT -e cat &
i=0; while :; do echo "line $i"; i=$((i+1)); sleep 0.05; done`;

/** What all rows share: a namespace, a Pod in it that runs, and a way to the cluster that has no faults. */
export class FaultStage implements AsyncDisposable {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Reaches the cluster without the proxy. */
  readonly direct: K8sClient;
  readonly pod: V1Pod;
  /** Where the Pod echoes. */
  readonly echoPort: number;
  readonly #image: string;

  private constructor(parts: {
    readonly kubeconfig: string;
    readonly namespace: string;
    readonly direct: K8sClient;
    readonly pod: V1Pod;
    readonly image: string;
    readonly echoPort: number;
  }) {
    this.kubeconfig = parts.kubeconfig;
    this.namespace = parts.namespace;
    this.direct = parts.direct;
    this.pod = parts.pod;
    this.echoPort = parts.echoPort;
    this.#image = parts.image;
  }

  /** @param options.image has busybox's programs. Default `busybox:1.36` */
  static async open(options: { readonly kubeconfig: string; readonly image?: string }): Promise<FaultStage> {
    const { kubeconfig, image = "busybox:1.36" } = options;
    const namespace = `fc-faults-${randomUUID().slice(0, 8)}`;
    await asAdmin(kubeconfig, (core) => core.createNamespace({ body: { metadata: { name: namespace } } }));
    // Nothing of its own happens beside a row, which would look like a leak: it renews no Lease.
    const direct = await K8sClient.connect({ kubeconfig, namespace, clock: new StepClock() });
    const echoPort = await freePort();
    const { metadata } = await direct.createPod(podOf(direct, image, script, echoPort));
    const wait = { timeoutMs: 60_000, what: "to be Ready", uid: metadata?.uid };
    const pod = await direct.waitForPod(metadata?.name ?? "", podIsReady, wait);
    await warmUp(kubeconfig, namespace, pod);
    return new FaultStage({ kubeconfig, namespace, direct, pod, image, echoPort });
  }

  get podName(): string {
    return this.pod.metadata?.name ?? "";
  }

  /** A Pod that no node takes, with a label of its own: an object and no more. */
  idlePod(owner: K8sClient): V1Pod {
    return podOf(owner, this.#image, "true", this.echoPort, { nodeSelector: { "fc-fault": "nowhere" } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.direct[Symbol.asyncDispose]();
    await asAdmin(this.kubeconfig, (core) => core.deleteNamespace({ name: this.namespace }));
  }
}

/** What one row works with. */
export interface FaultScene {
  readonly stage: FaultStage;
  /** Talks through the proxy, and its time is the clock's. */
  readonly client: K8sClient;
  readonly proxy: FaultProxy;
  readonly clock: StepClock;
  /** Aborts when the row is over: every operation takes it, and leaves no listener on it. */
  readonly signal: AbortSignal;
}

/** A name that nothing has yet. */
export function newName(what: string): string {
  return names.podName("fc-fault", what, randomUUID());
}

/** Looks at every turn of the event loop until the condition holds, or the signal aborts. */
export async function eventually(condition: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await condition())) {
    signal.throwIfAborted();
    await turn();
  }
}

/** What a process opens once and keeps is opened before any row: it is no leak. */
async function warmUp(kubeconfig: string, namespace: string, pod: V1Pod): Promise<void> {
  await using proxy = await FaultProxy.start({ kubeconfig });
  await using client = await K8sClient.connect({ kubeconfig: proxy.kubeconfigPath, namespace });
  await client.exec(pod, "main", ["true"]);
  await (await proxy.outage()).lift();
}

/** Where Pods share the network of this machine it has to be free there. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A client has its Lease in a namespace, so what makes and removes namespaces stands in another one. */
async function asAdmin(kubeconfig: string, work: (core: CoreV1Api) => Promise<unknown>): Promise<void> {
  await using admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  await work(admin.core);
}

function podOf(
  owner: K8sClient,
  image: string,
  command: string,
  echoPort: number,
  spec: Partial<V1PodSpec> = {},
): V1Pod {
  const name = newName("box");
  return {
    metadata: owner.owned({ name, labels: { "fc-fault": name } }, "process", "lambda"),
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image,
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", command],
          env: [{ name: "ECHO_PORT", value: String(echoPort) }],
        },
      ],
      ...spec,
    },
  };
}
