import { errorText } from "@fc/core";
import { type K8sClient, PodStartError } from "@fc/k8s";
import type { DoctorLine } from "./doctor-line.ts";
import type { Pod } from "./sample-pods.ts";

const timeoutMs = 120_000;

/** Whether a node can have the Pod's image: a Pod is started, with a program that no image has, until its image is there. */
export async function checkImage(client: K8sClient, pod: Pod, signal: AbortSignal): Promise<DoctorLine> {
  const image = pod.spec?.containers[0]?.image ?? "";
  const base = { code: "FC_DOCTOR_IMAGE", subject: `image ${image}` } as const;
  const until = (seen: Pod): boolean => (seen.status?.containerStatuses?.[0]?.imageID ?? "") !== "";
  try {
    const options = { owner: "process", service: "server", until, timeoutMs, signal } as const;
    const { metadata: { name = "", uid } = {} } = await client.startPod(pullOnly(pod), options);
    await client.discardPod({ name, uid, gracePeriodSeconds: 0 });
    return { ...base, state: "ok", message: `a node has ${image}` };
  } catch (error) {
    signal.throwIfAborted();
    const why = PodStartError.is(error) ? `${error.reason}: ${error.message.split("\n")[0]}` : errorText(error);
    const fix =
      "let the nodes pull it, or name a mirror: FAKECLOUD_LAMBDA_K8S_IMAGE_REGISTRY, FAKECLOUD_ELASTICACHE_K8S_IMAGE_REGISTRY, FAKECLOUD_K8S_PULL_SECRET";
    // Who does not use it needs it not.
    return { ...base, state: "warning", message: `no node could get ${image}: ${why}`, fix };
  }
}

/** The Pod with its image and its place, and nothing else of its own. */
function pullOnly(pod: Pod): Pod {
  const { containers = [], nodeSelector, tolerations, affinity, imagePullSecrets, securityContext } = pod.spec ?? {};
  const [{ image, imagePullPolicy, resources } = { image: "" }] = containers;
  return {
    metadata: { generateName: "fakecloud-doctor-" },
    spec: {
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(affinity === undefined ? {} : { affinity }),
      ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
      ...(securityContext === undefined ? {} : { securityContext }),
      containers: [
        {
          name: "image",
          command: ["/.fakecloud-pulls-only"],
          ...(image === undefined ? {} : { image }),
          ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
          ...(resources === undefined ? {} : { resources }),
        },
      ],
    },
  };
}
