import { connect } from "node:net";
import { expect, test } from "vitest";
import { isPhase, isRunning, type Target } from "./target.ts";

type Slice = {
  metadata: { labels: Record<string, string>; name: string };
  ports: { name: string; port: number }[] | null;
  endpoints: { addresses: string[]; conditions: object; targetRef: { name: string } }[] | null;
};

const readiness = { exec: { command: ["cat", "/own/ready"] }, periodSeconds: 1, failureThreshold: 1 };
const server = {
  command: ["sh", "-c", "trap 'sleep 2; exit 0' TERM; while :; do sleep 0.1; done"],
  readinessProbe: readiness,
  ports: [{ name: "web", containerPort: 8_080 }],
  volumeMounts: [{ name: "own", mountPath: "/own" }],
};
const own = { volumes: [{ name: "own", emptyDir: {} }] };

/** What Services and owners do. The same tests run on the embedded and on a real cluster, from its own machine. */
export function serviceBehaviours(target: () => Target): void {
  const service = async (spec: object): Promise<string> => {
    const name = target().name();
    await target().create("services", { metadata: { name, labels: { of: name } }, spec });
    return name;
  };
  const clusterIp = async (name: string): Promise<string> => {
    const { body } = await target().client.call("GET", `${target().path}/services/${name}`);
    return (body as unknown as { spec: { clusterIP: string } }).spec.clusterIP;
  };
  const connection = (host: string, port: number): Promise<string | undefined> =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      // Before kube-proxy knows of a Service, its packets go nowhere.
      socket.setTimeout(1_000, () => {
        socket.destroy();
        resolve("silence");
      });
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once("connect", () => {
        socket.destroy();
        resolve("connected");
      });
    });
  const slices = async (name: string): Promise<Slice[]> => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${target().namespace}/endpointslices`;
    const { body } = await target().client.call("GET", `${path}?labelSelector=kubernetes.io/service-name=${name}`);
    return (body as unknown as { items: Slice[] }).items;
  };
  const until = async <T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
    for (;;) {
      const value = await read();
      if (holds(value)) return value;
    }
  };

  test("a connection to a Service without a ready Pod is refused", async () => {
    const selector = { app: target().name() };
    const name = await service({ selector, ports: [{ port: 80, targetPort: "web" }] });
    const ip = await clusterIp(name);
    await until(
      () => connection(ip, 80),
      (end) => end === "ECONNREFUSED",
    );
    const pod = await target().pod(server, own, selector);
    await target().until(pod, isRunning);
    expect(await connection(ip, 80)).toBe("ECONNREFUSED");
  });

  test("the slices of a Service follow its Pods: not ready, ready, terminating, gone", async () => {
    const selector = { app: target().name() };
    const ports = [
      { name: "a", port: 80, targetPort: "web" },
      { name: "b", port: 81, targetPort: 9_000 },
    ];
    const name = await service({ selector, ports });
    const empty = await until(
      () => slices(name),
      (found) => found.length === 1,
    );
    expect(empty[0]).toMatchObject({ addressType: "IPv4", ports: null, endpoints: null });
    expect(empty[0]?.metadata.labels).toEqual({
      ...{ "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
      ...{ "kubernetes.io/service-name": name, of: name },
    });
    const pod = await target().pod(server, { ...own, terminationGracePeriodSeconds: 5 }, selector);
    const having = (ready: boolean, serving: boolean, terminating: boolean) => (found: Slice[]) =>
      JSON.stringify(found[0]?.endpoints?.[0]?.conditions) === JSON.stringify({ ready, serving, terminating });
    const [slice] = await until(() => slices(name), having(false, false, false));
    expect(slice?.endpoints).toMatchObject([{ targetRef: { kind: "Pod", name: pod } }]);
    expect(new Set(slice?.ports?.map((port) => `${port.name}:${port.port}`))).toEqual(new Set(["a:8080", "b:9000"]));
    await target().until(pod, isRunning);
    await target().client.exec(pod, ["touch", "/own/ready"]);
    await until(() => slices(name), having(true, true, false));
    await target().client.call("DELETE", `${target().path}/pods/${pod}`);
    await until(() => slices(name), having(false, true, true));
    await until(
      () => slices(name),
      (found) => found.length === 1 && found[0]?.endpoints === null,
    );
  });

  test("a headless Service has endpoints and no address", async () => {
    const selector = { app: target().name() };
    const name = await service({ clusterIP: "None", selector, ports: [{ port: 80 }] });
    const pod = await target().pod({ command: ["sleep", "1000"] }, {}, selector);
    const { status } = await target().until(pod, isPhase("Running"));
    const [slice] = await until(
      () => slices(name),
      (found) => found[0]?.endpoints?.length === 1,
    );
    expect(slice?.metadata.labels).toHaveProperty(["service.kubernetes.io/headless"], "");
    expect(slice).toMatchObject({ ports: [{ name: "", port: 80 }], endpoints: [{ addresses: [status?.podIP] }] });
    const { body } = await target().client.call("GET", `${target().path}/endpoints/${name}`);
    expect(body).toMatchObject({ subsets: [{ addresses: [{ ip: status?.podIP }], ports: [{ port: 80 }] }] });
  });

  test.each(["Background", "Foreground", "Orphan"])(
    "what has an owner is treated as %s says",
    async (propagationPolicy) => {
      const [owner, owned] = [target().name(), target().name()];
      const path = `${target().path}/configmaps`;
      await target().create("configmaps", { metadata: { name: owner } });
      const { uid } = (
        (await target().client.call("GET", `${path}/${owner}`)).body as unknown as { metadata: { uid: string } }
      ).metadata;
      const reference = { apiVersion: "v1", kind: "ConfigMap", name: owner, uid, blockOwnerDeletion: true };
      await target().create("configmaps", { metadata: { name: owned, ownerReferences: [reference] } });
      // The collector has to know of the new object before a foreground deletion asks it for dependents.
      await target().create("configmaps", {
        metadata: { name: `${owned}-last`, ownerReferences: [{ ...reference, uid: "gone" }] },
      });
      const code = async (name: string): Promise<number> => (await target().client.call("GET", `${path}/${name}`)).code;
      await until(
        () => code(`${owned}-last`),
        (now) => now === 404,
      );
      await target().client.call("DELETE", `${path}/${owner}`, { propagationPolicy });
      await until(
        () => code(owner),
        (now) => now === 404,
      );
      if (propagationPolicy === "Orphan") {
        const { body } = await target().client.call("GET", `${path}/${owned}`);
        expect((body as unknown as { metadata: object }).metadata).not.toHaveProperty("ownerReferences");
      } else if (propagationPolicy === "Foreground") {
        expect(await code(owned)).toBe(404);
      } else {
        await until(
          () => code(owned),
          (now) => now === 404,
        );
      }
    },
  );
}
