import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterAbilities } from "../src/conformance/index.ts";
import { K8sClient } from "../src/index.ts";

const readyMs = 60_000;
const breathSeconds = "0.3";

/**
 * Kills the API server and says so; when its input ends, because the work is done or because whoever asked is dead, starts it
 * again as it was. $1 pid file, $2 log file; then the command.
 */
const outageScript = `
pidfile=$1 log=$2 pid=$(cat "$1"); shift 2
kill -KILL "$pid"
while read -r _ _ state _ <"/proc/$pid/stat" && [ "$state" != Z ]; do sleep 0.05; done 2>/dev/null
echo down
read -r
setsid "$@" >>"$log" 2>&1 </dev/null &
echo $! >"$pidfile"
`;

/** Holds the store still for $2 seconds at a time, with a breath between, until its input ends. $1 pid */
const slownessScript = `
trap 'kill -CONT "$1"' EXIT
kill -STOP "$1"
echo down
while read -r -t "$2"; [ $? -gt 128 ]; do
  kill -CONT "$1"; sleep ${breathSeconds}; kill -STOP "$1"
done
`;

/** The processes of the development machine's own cluster (../shared/cluster), which tests may take away for a while. */
export class FcCluster {
  readonly #directory: string;
  readonly #kubeconfig: string;

  private constructor(directory: string, kubeconfig: string) {
    this.#directory = directory;
    this.#kubeconfig = kubeconfig;
  }

  /** Undefined when the kubeconfig is that of another cluster. */
  static of(kubeconfig: string, environment: NodeJS.ProcessEnv): FcCluster | undefined {
    const directory = environment["FC_CLUSTER_DIR"] ?? "/var/lib/fc-cluster";
    return kubeconfig === join(directory, "kubeconfig") ? new FcCluster(directory, kubeconfig) : undefined;
  }

  readonly withoutApi: ClusterAbilities["withoutApi"] = async (work) => {
    const pidFile = join(this.#directory, "run", "apiserver.pid");
    const pid = (await readFile(pidFile, "utf8")).trim();
    const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
    const port = command[command.indexOf("--secure-port") + 1];
    await during(outageScript, [pidFile, join(this.#directory, "log", "apiserver.log"), ...command], async () => {
      await refuses(Number(port));
      await work();
    });
    await serves(Number(port));
  };

  /**
   * Resolves once the controllers have found an API server again that was away, which takes them seconds: a new namespace has no
   * service account, and so takes no Pods, before.
   */
  async settled(): Promise<void> {
    const signal = AbortSignal.timeout(readyMs);
    await using client = await K8sClient.connect({ kubeconfig: this.#kubeconfig, namespace: "default", signal });
    const name = `fc-test-settled-${client.instanceId}`;
    await client.core.createNamespace({ body: { metadata: { name } } });
    try {
      while (!(await hasServiceAccount(client, name))) await delay(100, undefined, { signal });
    } finally {
      await client.core.deleteNamespace({ name });
    }
  }

  readonly withSlowStore: ClusterAbilities["withSlowStore"] = async (delayMs, work) => {
    const pid = (await readFile(join(this.#directory, "run", "etcd.pid"), "utf8")).trim();
    await during(slownessScript, [pid, String(delayMs / 1_000)], work);
  };
}

/** Does the work while the script has taken something away. What brings it back does not depend on this process. */
async function during(script: string, args: readonly string[], work: () => Promise<void>): Promise<void> {
  const child = spawn("bash", ["-c", script, "fc", ...args], { stdio: ["pipe", "pipe", "inherit"], detached: true });
  const ended = once(child, "close");
  try {
    await said(child, "down");
    await work();
  } finally {
    child.stdin.end();
    await ended;
  }
}

async function said(child: ChildProcess, word: string): Promise<void> {
  const [data] = (await once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data")) as [Buffer];
  if (data.toString().trim() !== word) throw new Error(`the script said ${data.toString()}`);
}

/** Resolves once connections are refused: of a process that was killed the last thread may live a moment longer than the first. */
async function refuses(port: number): Promise<void> {
  const signal = AbortSignal.timeout(readyMs);
  while (!(await isRefused(port))) await delay(20, undefined, { signal });
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });
}

/** Resolves once the API server says that it is ready. */
async function serves(port: number): Promise<void> {
  const signal = AbortSignal.timeout(readyMs);
  while (!(await isReady(port))) await delay(100, undefined, { signal });
}

async function hasServiceAccount({ core }: K8sClient, namespace: string): Promise<boolean> {
  return (await core.listNamespacedServiceAccount({ namespace })).items.length > 0;
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, agent: false });
    asked.once("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once("error", () => resolve(false));
    asked.end();
  });
}
