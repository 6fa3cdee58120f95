/**
 * Runs in a Pod of the cluster tests, with the built package beside it. `check` reports access, runs a Pod of its own and ends;
 * `hold` makes what a process owns and stays.
 */
import { accessText, checkAccess, K8sClient, podIsReady } from "@fc/k8s";

const environment = process.env;
const child = {
  metadata: { name: `child-of-${process.argv[2]}` },
  spec: {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1_000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "main",
        image: "busybox:1.36",
        imagePullPolicy: "IfNotPresent",
        command: ["sleep", "900"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
};
const owned = (client, name) => client.owned({ name }, "process", "lambda");
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function check() {
  const report = await checkAccess({ environment, pods: [child] });
  const client = await K8sClient.connect({ environment });
  const { name } = child.metadata;
  const pod = await client.createPod({ ...child, metadata: owned(client, name) });
  const ready = await client.waitForPod(name, podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  const { stdout } = await client.exec(ready, "main", ["id", "-u"]);
  await client.deletePod(name, { uid: pod.metadata.uid });
  await client.waitForPodGone(name, pod.metadata.uid);
  const { inCluster, namespace } = client;
  await client[Symbol.asyncDispose]();
  say({ report, text: accessText(report), inCluster, namespace, user: stdout.toString().trim() });
}

async function hold() {
  const client = await K8sClient.connect({ environment });
  await client.createSecret({ metadata: owned(client, "held"), stringData: { a: "b" } });
  await client.createPod({ ...child, metadata: owned(client, child.metadata.name) });
  await client.waitForPod(child.metadata.name, podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  say({ holds: client.instanceId });
  setInterval(() => undefined, 60_000);
}

await (process.argv[2] === "hold" ? hold() : check());
