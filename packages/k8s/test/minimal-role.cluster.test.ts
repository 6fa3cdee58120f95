import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AccessLine, checkAccess, K8sClient, requiredPermissions, roleYaml } from "../src/index.ts";
import { AccountNamespace } from "./account-namespace.ts";
import { StepClock } from "./step-clock.ts";
import { type LogLine, recordingLogger } from "./support.ts";

/** What a client does with a verb. Gives, or rejects with, what is said when the verb is missing. */
type Operation = (client: K8sClient, play: Play) => Promise<unknown>;

interface Play {
  /** A running Pod. */
  readonly pod: V1Pod;
  readonly clock: StepClock;
  readonly kubectl: AccountNamespace["kubectl"];
  /** The errors that the client logged, once there are any. */
  readonly logged: () => Promise<string>;
}

const closed: Operation = async (client, { logged }) => {
  await client[Symbol.asyncDispose]();
  return await logged();
};
const renewed: Operation = async (_client, { clock, logged }) => {
  clock.fire(10_000);
  return await logged();
};

/** One for every verb of the table: a row without one, or an operation without a row, fails. */
const operations: Readonly<Record<string, Operation>> = {
  "create pods": (client) => client.createPod({ metadata: { name: "x" }, spec: { containers: [] } }),
  "get pods": (client) => client.getPod("x"),
  "list pods": (client) => client.listPods("a=b"),
  "watch pods": (client, { pod, clock }) => {
    const wait = client.waitForPod(pod.metadata?.name ?? "", () => false, { timeoutMs: 500, what: "never" });
    wait.catch(() => undefined);
    return expect
      .poll(() => clock.sleeps.length)
      .toBeGreaterThan(3)
      .then(() => clock.fire(500))
      .then(() => wait);
  },
  "patch pods": (client) => client.patchPod("x", { metadata: { labels: { a: "b" } } }),
  "delete pods": (client) => client.deletePod("x"),
  "deletecollection pods": closed,
  "get pods/log": (client, { pod }) => client.podLogs(pod, "target"),
  "get pods/exec": (client, { pod }) => client.exec(pod, "target", ["true"]),
  "create pods/exec": (client, { pod }) => client.exec(pod, "target", ["true"]),
  "get pods/portforward": dialFromOutside,
  "create pods/portforward": dialFromOutside,
  "create services": (client) => client.createService({ metadata: { name: "x" }, spec: { ports: [{ port: 1 }] } }),
  "get services": (client) => client.getService("x"),
  "list services": (client) => client.listServices("a=b"),
  "patch services": (client) => client.patchService("x", { metadata: { labels: { a: "b" } } }),
  "delete services": (client) => client.deleteService("x"),
  "create secrets": (client) => client.createSecret({ metadata: { name: "x" } }),
  "get secrets": (client) => client.getSecret("x"),
  "list secrets": (client) => client.listSecrets("a=b"),
  "delete secrets": (client) => client.deleteSecret("x"),
  "deletecollection secrets": closed,
  "create configmaps": (client) => client.createConfigMap({ metadata: { name: "x" } }),
  "get configmaps": (client) => client.getConfigMap("x"),
  "list configmaps": (client) => client.listConfigMaps("a=b"),
  "delete configmaps": (client) => client.deleteConfigMap("x"),
  "deletecollection configmaps": closed,
  "create persistentvolumeclaims": (client) => client.createPersistentVolumeClaim({ metadata: { name: "x" } }),
  "list persistentvolumeclaims": (client) => client.listPersistentVolumeClaims("a=b"),
  "delete persistentvolumeclaims": (client) => client.deletePersistentVolumeClaim("x"),
  "create leases.coordination.k8s.io": () => Promise.reject(new Error("connect should have failed")),
  "get leases.coordination.k8s.io": async (client, play) => {
    await play.kubectl("delete", "lease", `fakecloud-instance-${client.instanceId}`);
    return await renewed(client, play);
  },
  "list leases.coordination.k8s.io": (client) => client.reapStale("lambda"),
  "update leases.coordination.k8s.io": renewed,
  "delete leases.coordination.k8s.io": closed,
  "list events": async (client) => {
    const events = client.core.listNamespacedEvent({ namespace: client.namespace });
    return await events;
  },
  "list resourcequotas": async (client) => {
    return await client.core.listNamespacedResourceQuota({ namespace: client.namespace });
  },
};

/** A laptop cannot reach Pod addresses, nor this one (RFC 5737). */
async function dialFromOutside(client: K8sClient, { pod, clock }: Play): Promise<unknown> {
  const dialled = client.dial({ ...pod, status: { podIP: "192.0.2.1" } }, 8080);
  dialled.catch(() => undefined);
  await expect.poll(() => clock.pending(1_500)).toBe(1);
  clock.fire(1_500);
  (await dialled).destroy();
  return "connected";
}

let namespace: AccountNamespace;
let pod: V1Pod;
let minor: number;
beforeAll(async () => {
  namespace = await AccountNamespace.create(`dev-k8s-minimal-${process.pid}`);
  await namespace.grant(roleYaml());
  await namespace.kubectl("wait", "serviceaccount/default", "--for=create", "--timeout=30s");
  await namespace.kubectl(
    "run",
    "target",
    "--image=busybox:1.36",
    "--image-pull-policy=IfNotPresent",
    "--",
    "sleep",
    "900",
  );
  await namespace.kubectl("wait", "pod/target", "--for=condition=Ready", "--timeout=60s");
  const version = JSON.parse(await namespace.kubectl("version", "-o", "json")) as { serverVersion: { minor: string } };
  minor = Number.parseInt(version.serverVersion.minor, 10);
  pod = JSON.parse(await namespace.kubectl("get", "pod", "target", "-o", "json")) as V1Pod;
});
afterAll(() => namespace[Symbol.asyncDispose]());

const verbs = requiredPermissions.flatMap((row) =>
  row.verbs.map((verb) => {
    const name = row.apiGroup === "" ? row.resource : `${row.resource}.${row.apiGroup}`;
    return { subject: `${verb} ${name}`, row, verb };
  }),
);

test("every verb of the table has an operation, and every operation a verb", () => {
  expect(Object.keys(operations).sort()).toEqual(verbs.map(({ subject }) => subject).sort());
});

test.each(verbs)(
  "without $subject the report names it alone, and the client is refused",
  async ({ subject, row, verb }) => {
    const rest = requiredPermissions.map((other) =>
      other === row ? { ...other, verbs: other.verbs.filter((name) => name !== verb) } : other,
    );
    await namespace.apply(roleYaml(rest.filter((other) => other.verbs.length > 0)));
    const { kubeconfig } = namespace;
    const missing = async (): Promise<readonly AccessLine[]> =>
      (await checkAccess({ kubeconfig })).lines.filter(
        ({ code, state }) => code === "FC_K8S_ACCESS_PERMISSION" && state !== "ok",
      );
    // The API server learns of a changed Role a moment later.
    await expect.poll(missing, { timeout: 10_000 }).toMatchObject([{ subject }]);
    const isLater = row.sinceMinor !== undefined && minor < row.sinceMinor;
    const isNeeded = row.lost === undefined && !isLater;
    expect((await missing())[0]?.state).toBe(isNeeded ? "problem" : "warning");

    const answer = await outcome(subject);
    if (isLater) expect(answer).not.toContain("forbidden");
    else expect(answer).toContain(`cannot ${verb} resource "${row.resource}"`);
  },
);

/** What the operation said. */
async function outcome(subject: string): Promise<string> {
  const lines: LogLine[] = [];
  const clock = new StepClock();
  const errors = (): string => lines.map(({ fields }) => String(fields["error"] ?? "")).join("\n");
  const play: Play = {
    pod,
    clock,
    kubectl: (...args) => namespace.kubectl(...args),
    logged: async () => {
      await expect.poll(errors).not.toBe("");
      return errors();
    },
  };
  try {
    await using client = await K8sClient.connect({
      kubeconfig: namespace.kubeconfig,
      clock,
      logger: recordingLogger(lines),
    });
    return String(await operations[subject]?.(client, play));
  } catch (error) {
    return String(error);
  }
}
