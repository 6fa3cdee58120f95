import { createNodeHandler } from "@fc/aws";
import { FcError } from "@fc/core";
import { type CheckPodReachOptions, checkPodReach, type K8sClient } from "@fc/k8s";
import { jsonAnswer } from "../http/json.ts";
import { type Listener, listen } from "../http/listener.ts";
import type { TlsPair } from "../http/read-tls.ts";
import type { DoctorLine } from "./doctor-line.ts";

/** How Pods are to reach the server, and where it listens. */
export interface ReachQuestion extends Omit<CheckPodReachOptions, "urls" | "signal"> {
  readonly urlAt: (port: number) => string;
  readonly host: string;
  readonly port: number;
  /** What the server proves itself with. */
  readonly tls?: TlsPair | undefined;
}

/**
 * Whether Pods reach the server's address, names included. Where no server listens there yet, this process does for a moment.
 * @throws the signal's reason when it aborts
 */
export async function checkReach(client: K8sClient, question: ReachQuestion, signal: AbortSignal): Promise<DoctorLine> {
  const { urlAt, host, port, tls, ...probe } = question;
  const listener = await standIn({ host, port, tls });
  try {
    const url = urlAt(listener?.port ?? port);
    const base = { code: "FC_DOCTOR_REACH", subject: "Pods reach the server" } as const;
    const reach = await checkPodReach(client, { ...probe, urls: [`${url}/_fakecloud/health`], signal });
    if (reach.state === "reached") return { ...base, state: "ok", message: `Pods reach the server at ${url}` };
    if (reach.state === "unknown") {
      const message = `whether Pods reach ${url} could not be found out: ${reach.detail}`;
      return {
        ...base,
        state: "warning",
        message,
        fix: `make ${probe.image ?? "busybox:1.36"} available to the nodes`,
      };
    }
    const fix = `set FAKECLOUD_K8S_SELF_URL to an address of the server that Pods reach, and FAKECLOUD_ADDR so that it listens there (now ${host}:${port})`;
    return { ...base, state: "problem", message: `Pods do not reach ${url}: ${reach.detail}`, fix };
  } finally {
    await listener?.[Symbol.asyncDispose]();
  }
}

/** Undefined when somebody listens there: the server. */
async function standIn(at: Pick<ReachQuestion, "host" | "port" | "tls">): Promise<Listener | undefined> {
  try {
    const handle = createNodeHandler(async () => jsonAnswer(200, { status: "doctor" }));
    return await listen({ ...at, handle });
  } catch (error) {
    if (FcError.isInstance(error, "FC_SERVER_ADDRESS_UNAVAILABLE")) return undefined;
    throw error;
  }
}
