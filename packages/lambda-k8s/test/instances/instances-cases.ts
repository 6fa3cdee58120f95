import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CoordinationV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterEach, expect, test } from "vitest";

interface Instance {
  readonly child: ChildProcess;
  readonly instanceId: string;
  readonly name: string;
  readonly uid: string;
}

const script = fileURLToPath(new URL("instance-process.ts", import.meta.url));

/** What is promised of processes that share a namespace, with real processes, seen by a client that removes nothing itself. */
export function instancesCases(at: () => { readonly kubeconfig: string; readonly namespace: string }): void {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
  });

  async function start(installation: string, wanted: string, leftOver = ""): Promise<Instance> {
    const { kubeconfig, namespace } = at();
    const argv = ["--conditions=@fc/source", script, kubeconfig, namespace, installation, wanted, leftOver];
    const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }))
      return { child, ...(JSON.parse(line) as Omit<Instance, "child">) };
    throw new Error("the instance's process ended before it was up");
  }

  async function kill({ child }: Instance): Promise<void> {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** Names of all that is there, what is being deleted included. */
  async function existing(): Promise<string[]> {
    const { kubeconfig, namespace } = at();
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const leases = config.makeApiClient(CoordinationV1Api);
    const lists = await Promise.all([
      core.listNamespacedPod({ namespace }),
      core.listNamespacedSecret({ namespace }),
      leases.listNamespacedLease({ namespace }),
    ]);
    return lists.flatMap(({ items }, index) =>
      items.map(({ metadata }) => `${["pod", "secret", "lease"][index]} ${metadata?.name}`),
    );
  }

  const namesOf = ({ instanceId, name }: Instance): string[] => [
    `pod ${name}`,
    `secret ${name}`,
    `lease fakecloud-instance-${instanceId}`,
  ];

  // 36 to 39 s where nothing else runs; the bound itself is proven in simulated time, beside the reaper.
  test("of a process that is killed everything goes, and what others own lives", { timeout: 180_000 }, async () => {
    const [dying, living] = await Promise.all([start("one", "cache", "forgotten"), start("other", "")]);
    expect(await existing()).toEqual(expect.arrayContaining([...namesOf(dying), ...namesOf(living), "pod cache"]));
    await kill(dying);
    const left = async (): Promise<string[]> => {
      const there = await existing();
      return namesOf(dying).filter((name) => there.includes(name));
    };
    await expect.poll(left, { timeout: 150_000, interval: 500 }).toEqual([]);
    expect(await existing()).toEqual(expect.arrayContaining([...namesOf(living), "pod cache"]));
  });

  test("the next process of an installation takes over what it wants and removes the rest", {
    timeout: 120_000,
  }, async () => {
    const first = await start("two", "", "kept,forgotten");
    const before = await uidOf("kept");
    await kill(first);
    await start("two", "kept");
    await expect.poll(existing, { timeout: 90_000, interval: 500 }).not.toContain("pod forgotten");
    expect(await uidOf("kept")).toBe(before);
  });

  async function uidOf(name: string): Promise<string | undefined> {
    const { kubeconfig, namespace } = at();
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return (await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace, name })).metadata?.uid;
  }
}
