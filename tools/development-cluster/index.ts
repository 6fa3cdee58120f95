// The cluster beside the repository (../shared/cluster): its processes and nodes, for tests that take them away.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);
const programs = fileURLToPath(new URL("../../../shared/cluster", import.meta.url));

const secondNode = "fc-node-2";
const readyMs = 60_000;
const breathSeconds = "0.3";

/** Ends a process, does something, and starts it again as it was. $1 pid file, $2 log file; then the command. */
const restartScript = (meanwhile = ""): string => `
pidfile=$1 log=$2 pid=$(cat "$1"); shift 2
kill -KILL "$pid"
while read -r _ _ state _ <"/proc/$pid/stat" && [ "$state" != Z ]; do sleep 0.05; done 2>/dev/null
${meanwhile}
setsid "$@" >>"$log" 2>&1 </dev/null &
echo $! >"$pidfile"
`;

/** Says that the process has ended; starts it when the input ends, because the work is done or because whoever asked is dead. */
const outageScript = restartScript("echo down; read -r");

/** Holds the store still for $2 seconds at a time, with a breath between, until its input ends. $1 pid */
const slownessScript = `
trap 'kill -CONT "$1"' EXIT
kill -STOP "$1"
echo down
while read -r -t "$2"; [ $? -gt 128 ]; do
  kill -CONT "$1"; sleep ${breathSeconds}; kill -STOP "$1"
done
`;

type Work = () => Promise<void>;

/** The processes of the development machine's own cluster, which tests may take away for a while. */
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

  /** Does the work while there is no API server; it is back, with the same state, when this resolves and when the work fails. */
  readonly withoutApi = async (work: Work): Promise<void> => {
    const apiserver = await this.#process("apiserver");
    const port = Number(apiserver[apiserver.indexOf("--secure-port") + 1]);
    // Known before: controllers that have just begun end by themselves when there is no API server.
    const others = await Promise.all(["controllers", "scheduler", "kubelet-1"].map((name) => this.#process(name)));
    await during(outageScript, apiserver, async () => {
      await refuses(port);
      await work();
    });
    await serves(port);
    // Left to themselves after some outages in a row, they were seen to find the API server again only after a minute and a half.
    for (const other of others) await execute("bash", ["-c", restartScript(), "fc", ...other]);
  };

  /** Resolves once Pods begin and end, which takes scheduler and kubelet a moment after they began anew. */
  async podsRun(): Promise<void> {
    const pod = `fc-test-runs-${randomUUID()}`;
    await this.kubectl("run", pod, "--image=busybox:1.36", "--restart=Never", "--", "sleep", "1000");
    await this.kubectl("wait", `pod/${pod}`, "--for=condition=Ready", "--timeout=60s");
    await this.kubectl("delete", `pod/${pod}`, "--grace-period=1", "--timeout=60s");
  }

  /** Resolves once the controllers work after an outage, too: a new namespace has no service account before, and so takes no Pods. */
  async settled(): Promise<void> {
    const name = `fc-test-settled-${randomUUID()}`;
    await this.kubectl("create", "namespace", name);
    try {
      await this.kubectl("wait", "-n", name, "serviceaccount/default", "--for=create", "--timeout=60s");
    } finally {
      await this.kubectl("delete", "namespace", name, "--wait=false");
    }
    await this.podsRun();
  }

  /**
   * Gives the cluster a second node, or brings a lost one back; a new one takes a minute. Gives its name; undefined without the
   * programs that the cluster was started with.
   */
  async addNode(): Promise<string | undefined> {
    if (!existsSync(join(programs, "up"))) return undefined;
    await this.#run("up");
    await this.#run("images");
    await this.kubectl("wait", "--for=condition=Ready", `node/${secondNode}`, "--timeout=60s");
    return secondNode;
  }

  /** The second node dies with all that runs on it, as by a power cut. */
  async loseNode(): Promise<void> {
    await this.#run("lose-node", "2");
  }

  /** The second node dies, and is not expected back. */
  async removeNode(): Promise<void> {
    await this.loseNode();
    await this.kubectl("delete", "node", secondNode);
  }

  /** Cuts the Pod at this address off, as a node without network is: nothing comes or goes any more, and nobody is told. */
  async cutOff(address: string): Promise<void> {
    const json = async (program: string, ...args: readonly string[]): Promise<Record<string, string>[]> =>
      JSON.parse((await execute(program, ["-j", ...args])).stdout) as Record<string, string>[];
    const [neighbour] = await json("ip", "neigh", "show", address);
    const port = (await json("bridge", "fdb", "show", "br", "fc-br0")).find(({ mac }) => mac === neighbour?.["lladdr"]);
    if (port?.["ifname"] === undefined) throw new Error(`no interface of ${address} is known`);
    await execute("ip", ["link", "set", port["ifname"], "down"]);
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return (await execute("kubectl", ["--kubeconfig", this.#kubeconfig, ...args])).stdout;
  }

  /** Pid file, log file and command of one of its processes: what the scripts take. */
  async #process(name: string): Promise<string[]> {
    const pidFile = join(this.#directory, "run", `${name}.pid`);
    const pid = (await readFile(pidFile, "utf8")).trim();
    const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
    return [pidFile, join(this.#directory, "log", `${name}.log`), ...command];
  }

  async #run(program: string, ...args: readonly string[]): Promise<void> {
    const env = { ...process.env, FC_CLUSTER_DIR: this.#directory, FC_CLUSTER_NODES: "2" };
    await execute(join(programs, program), args, { env, maxBuffer: 64 * 1024 * 1024 });
  }

  /** Does the work while the store answers only after this time. */
  readonly withSlowStore = async (delayMs: number, work: Work): Promise<void> => {
    const pid = (await readFile(join(this.#directory, "run", "etcd.pid"), "utf8")).trim();
    await during(slownessScript, [pid, String(delayMs / 1_000)], work);
  };
}

/** Does the work while the script has taken something away. What brings it back does not depend on this process. */
async function during(script: string, args: readonly string[], work: Work): Promise<void> {
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
