import { randomInt } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import type { Bench, BoxOptions } from "./bench.ts";

/** A Pod that sends back what comes on its port. */
export interface EchoPod {
  readonly pod: V1Pod;
  readonly port: number;
}

/** Starts one; it is ready once it listens. */
export async function startEcho({ started }: Pick<Bench, "started">, options: BoxOptions = {}): Promise<EchoPod> {
  // Pods that are processes of one machine share its ports, and busybox listens on all addresses.
  const port = randomInt(10_000, 30_000);
  const readinessProbe = { tcpSocket: { port }, periodSeconds: 1 };
  const pod = await started(`echo up; nc -ll -p ${port} -e cat`, { ...options, container: { readinessProbe } });
  return { pod, port };
}
