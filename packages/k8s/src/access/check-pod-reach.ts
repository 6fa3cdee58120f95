import { errorText } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import type { K8sClient } from "../client/k8s-client.ts";
import { PodStartError } from "../errors/pod-start-error.ts";
import { labels } from "../labels.ts";
import type { K8sPodConfig } from "../pod-config/pod-config.ts";

/** What a Pod found that asked for a URL. */
export type PodReach =
  | { readonly state: "reached" }
  /** The Pod ran and got no answer: `detail` is what it said. */
  | { readonly state: "unreachable"; readonly detail: string }
  /** It could not be found out: the Pod did not run, for the reason in `detail`. */
  | { readonly state: "unknown"; readonly detail: string };

export interface CheckPodReachOptions {
  /** Each must answer a GET with a status below 400. */
  readonly urls: readonly string[];
  /** Has `sh`, and `wget` or `curl`. Default `busybox:1.36`. */
  readonly image?: string;
  readonly podConfig?: K8sPodConfig | undefined;
  readonly pullSecret?: string | undefined;
  /** Milliseconds until the Pod must have ended, with pulling its image. Default 60 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Seconds that one URL may take. */
const answerSeconds = 5;

// wget is quiet about a time that is up, and some builds of busybox crash on its own option for that.
// A timeout's exit code is 124, of busybox 143; curl has 28.
const script = `for url in $URLS; do
  if command -v wget >/dev/null; then timeout ${answerSeconds} wget -q -O /dev/null "$url"
  else curl -fsS -m ${answerSeconds} -o /dev/null "$url"; fi
  case $? in
    0) ;;
    124 | 143 | 28) echo "no answer from $url within ${answerSeconds} s" >&2; exit 1 ;;
    *) echo "no answer from $url" >&2; exit 1 ;;
  esac
done`;

/**
 * Whether Pods reach these URLs: a small Pod asks for them. It is gone afterwards.
 * @throws the signal's reason when it aborts; nothing else
 */
export async function checkPodReach(client: K8sClient, options: CheckPodReachOptions): Promise<PodReach> {
  const { podConfig, signal, timeoutMs = 60_000 } = options;
  const launch = {
    owner: "process" as const,
    service: "server" as const,
    defaults: { runAsUser: 65_534, activeDeadlineSeconds: Math.ceil(timeoutMs / 500) },
    ...(podConfig === undefined ? {} : { podConfig }),
    signal,
  };
  try {
    await client.launchPod(podOf(options), launch, async ({ metadata: { name = "", uid } = {} }) => {
      await client.waitForPod(name, hasSucceeded, { timeoutMs, what: "to be answered", uid, signal });
      await client.discardPod({ name, uid, gracePeriodSeconds: 0 });
    });
    return { state: "reached" };
  } catch (error) {
    signal?.throwIfAborted();
    const said = PodStartError.is(error) ? failureText(error.pod) : undefined;
    return said === undefined ? { state: "unknown", detail: errorText(error) } : { state: "unreachable", detail: said };
  }
}

function podOf({ urls, image = "busybox:1.36", pullSecret }: CheckPodReachOptions): V1Pod {
  return {
    metadata: { generateName: "fakecloud-reach-", labels: { [labels.appComponent]: "server" } },
    spec: {
      ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
      containers: [
        {
          name: "reach",
          image,
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", script],
          // On the embedded cluster the program may be a larger one than busybox.
          resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "256Mi" } },
          env: [{ name: "URLS", value: urls.join(" ") }],
          // Comes with the Pod's status: no log has to be read.
          terminationMessagePolicy: "FallbackToLogsOnError",
        },
      ],
    },
  };
}

function hasSucceeded(pod: V1Pod): boolean {
  return pod.status?.phase === "Succeeded";
}

/** What the script said before it failed; undefined when it did not come to that. */
function failureText(pod: V1Pod | undefined): string | undefined {
  const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated;
  if (ended?.exitCode !== 1) return undefined;
  return ended.message?.trim().replaceAll(/\s*\n\s*/g, "; ") || "no answer";
}
