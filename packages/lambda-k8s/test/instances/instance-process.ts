/**
 * A process that owns a Pod and a Secret, and for its installation a Pod for each name it is given. Run as
 * `instance-process.ts <kubeconfig> <namespace> <installation> <wanted,…> <left over,…>`: the wanted ones are kept or taken over,
 * the others made and forgotten. It says on one line what it is, and lives until it is killed or its input ends.
 */
import { K8sClient, type OwnedObject, podIsReady } from "@fc/k8s";
import type { V1Pod } from "@kubernetes/client-node";

const [kubeconfig = "", namespace = "", installationId = "", wanted = "", leftOver = ""] = process.argv.slice(2);
const namesIn = (text: string): string[] => text.split(",").filter((name) => name !== "");
const client = await K8sClient.connect({ kubeconfig, namespace, installationId });

function sleeper(metadata: NonNullable<V1Pod["metadata"]>): V1Pod {
  return {
    metadata,
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 1,
      containers: [
        { name: "main", image: "busybox:1.36", imagePullPolicy: "IfNotPresent", command: ["sleep", "100000"] },
      ],
    },
  };
}

const own = `own-${client.instanceId}`;
await client.createSecret({ metadata: client.owned({ name: own }, "process", "lambda"), stringData: { token: "t" } });
const pod = await client.createPod(sleeper(client.owned({ name: own }, "process", "lambda")));
for (const name of [...namesIn(wanted), ...namesIn(leftOver)])
  if ((await client.getPod(name)) === undefined)
    await client.createPod(sleeper(client.owned({ name }, "installation", "elasticache")));
if (wanted !== "")
  client.reconcile({
    service: "elasticache",
    owner: "installation",
    wants: ({ metadata }: OwnedObject) => namesIn(wanted).includes(metadata.name ?? ""),
    gracePeriodSeconds: 1,
  });
await client.waitForPod(own, podIsReady, { timeoutMs: 60_000, what: "to be Ready", uid: pod.metadata?.uid });
process.stdout.write(`${JSON.stringify({ instanceId: client.instanceId, name: own, uid: pod.metadata?.uid })}\n`);
process.stdin.resume().on("end", () => process.exit(0));
