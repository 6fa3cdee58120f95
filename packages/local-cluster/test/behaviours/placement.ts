import { expect, test } from "vitest";
import type { Pod } from "../../src/node/pod-types.ts";
import { isPhase, isRunning, isWaiting, type Target } from "./target.ts";

const never = { restartPolicy: "Never" };
const sleeper = { command: ["sleep", "1000"] };
const noHelp =
  "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
const scheduled = (pod: Pod): { reason?: string; message?: string } | undefined =>
  pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
const isUnschedulable = (pod: Pod): boolean => scheduled(pod)?.reason === "Unschedulable";

/** Where Pods run and what is mounted into them. The same tests run on the embedded and on a real cluster of one node. */
export function placementBehaviours(target: () => Target): void {
  test("a Pod waits for a node with its label, and is placed when there is one", async () => {
    const label = `fc.test/${target().name()}`;
    const name = await target().pod(sleeper, { nodeSelector: { [label]: "here" } });
    const message = `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${noHelp}`;
    expect(scheduled(await target().until(name, isUnschedulable))?.message).toBe(message);
    expect(await target().event(name, "FailedScheduling")).toMatchObject({ type: "Warning", message });
    const { body } = await target().client.call("GET", "/api/v1/nodes");
    const [node] = (body as unknown as { items: { metadata: { name: string } }[] }).items;
    const setLabel = (value: string | null): Promise<unknown> =>
      target().client.call("PATCH", `/api/v1/nodes/${node?.metadata.name}`, {
        metadata: { labels: { [label]: value } },
      });
    await setLabel("here");
    expect((await target().until(name, isRunning)).spec.nodeName).toBe(node?.metadata.name);
    await setLabel(null);
  });

  test("a Pod that asks for more than the node has stays Pending", async () => {
    const name = await target().pod({ ...sleeper, resources: { requests: { cpu: "1000", memory: "900Ti" } } });
    const message = `0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. ${noHelp}`;
    expect(scheduled(await target().until(name, isUnschedulable))?.message).toBe(message);
  });

  test("a Pod whose claim is missing is not placed", async () => {
    const volumes = [{ name: "c", persistentVolumeClaim: { claimName: "nope" } }];
    const name = await target().pod(sleeper, { volumes });
    const message = '0/1 nodes are available: persistentvolumeclaim "nope" not found. not found';
    expect(scheduled(await target().until(name, isUnschedulable))?.message).toBe(message);
  });

  test("a missing Secret of the environment is a CreateContainerConfigError until it is there", async () => {
    const secret = target().name();
    const env = [{ name: "A", valueFrom: { secretKeyRef: { name: secret, key: "a" } } }];
    const name = await target().pod({ command: ["sh", "-c", "echo $A"], env }, never);
    const pod = await target().until(name, isWaiting("CreateContainerConfigError"));
    expect(pod.status?.containerStatuses?.[0]?.state.waiting?.message).toBe(`secret "${secret}" not found`);
    await target().create("secrets", { metadata: { name: secret }, stringData: { a: "yes" } });
    await target().until(name, isPhase("Succeeded"));
    expect(await target().log(name)).toBe("yes\n");
  });

  test("a missing ConfigMap or key of a volume is told in events while the container is being created", async () => {
    const map = target().name();
    const mounts = { volumeMounts: [{ name: "c", mountPath: "/c" }] };
    const mounting = (items?: object[]) => ({ ...never, volumes: [{ name: "c", configMap: { name: map, items } }] });
    const container = { command: ["cat", "/c/a"], ...mounts };
    const name = await target().pod(container, mounting());
    const message = `MountVolume.SetUp failed for volume "c" : configmap "${map}" not found`;
    expect((await target().event(name, "FailedMount", message)).type).toBe("Warning");
    await target().until(name, isWaiting("ContainerCreating"));
    await target().create("configmaps", { metadata: { name: map }, data: { a: "there" } });
    await target().until(name, isPhase("Succeeded"));
    expect(await target().log(name)).toBe("there");
    const other = await target().pod(container, mounting([{ key: "zzz", path: "a" }]));
    const noKey = 'MountVolume.SetUp failed for volume "c" : configmap references non-existent config key: zzz';
    expect((await target().event(other, "FailedMount", noKey)).type).toBe("Warning");
  });

  test("changes of a ConfigMap and of labels reach a running container all at once, a subPath stays", async () => {
    const map = target().name();
    await target().create("configmaps", { metadata: { name: map }, data: { a: "1", b: "1" } });
    const volumes = [
      { name: "c", configMap: { name: map, optional: true } },
      { name: "p", projected: { sources: [{ configMap: { name: map, items: [{ key: "a", path: "deep/a" }] } }] } },
      { name: "d", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
      { name: "o", secret: { secretName: "nope", optional: true } },
      { name: "e", emptyDir: {} },
    ];
    const volumeMounts = [
      ...["c", "p", "d", "o", "e"].map((name) => ({ name, mountPath: `/${name}` })),
      { name: "c", mountPath: "/sub", subPath: "a" },
    ];
    // Reads a and b through one and the same folder: they always agree.
    const script = `while :; do
      d=$(cd /c/..data && pwd -P); [ "$(cat $d/a $d/b)" = 11 ] || [ "$(cat $d/a $d/b)" = 22 ] || [ ! -e $d/a ] || echo torn
      s="$(cat /c/a /c/b /sub /p/deep/a /d/labels | tr -d '\\n')"; [ "$s" = "$l" ] || echo "$s"; l=$s; sleep 0.1; done`;
    const name = await target().pod({ command: ["sh", "-c", script], volumeMounts }, { volumes });
    await target().until(name, isRunning);
    const logged = async (line: string): Promise<void> => {
      for (;;) if ((await target().log(name)).split("\n").includes(line)) return;
    };
    await logged("1111");
    await target().client.call("PATCH", `${target().path}/configmaps/${map}`, { data: { a: "2", b: "2" } });
    await target().client.call("PATCH", `${target().path}/pods/${name}`, { metadata: { labels: { l: "x" } } });
    await logged('2212l="x"');
    const lines = (await target().log(name)).split("\n");
    expect(lines).not.toContain("torn");
    const { stdout } = await target().client.exec(name, ["sh", "-c", "cd /c; ls -A; cd /o; ls -A"]);
    expect(stdout).toMatch(/^\.\.\d{4}(_\d\d){5}\.\d+\n\.\.data\na\nb\n\.\.\d{4}(_\d\d){5}\.\d+\n\.\.data\n$/);
  });

  test("an emptyDir over its limit evicts the Pod", async () => {
    const volumes = [{ name: "d", emptyDir: { sizeLimit: "1Mi" } }];
    const command = ["sh", "-c", "head -c 3000000 /dev/zero >/d/file; sleep 1000"];
    const name = await target().pod({ command, volumeMounts: [{ name: "d", mountPath: "/d" }] }, { volumes });
    const { status } = await target().until(name, isPhase("Failed"));
    const message = 'Usage of EmptyDir volume "d" exceeds the limit "1Mi". ';
    expect(status).toMatchObject({ reason: "Evicted", message });
    expect(await target().event(name, "Evicted")).toMatchObject({ type: "Warning", message });
  });
}
