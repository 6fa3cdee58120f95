import { type K8sClient, managedBySelector } from "@fc/k8s";
import type { DoctorLine } from "./doctor-line.ts";

/** Milliseconds since the epoch, by this machine's clock. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A difference that the precision of the cluster's times, a second, does not explain. */
const skewMs = 2_000;

/** The clock of this machine beside the cluster's, and the Leases of servers that are gone. The client's own Lease was made within the span. */
export async function checkLeases(client: K8sClient, made: Span): Promise<DoctorLine[]> {
  const { namespace, instanceId } = client;
  const { items } = await client.coordination.listNamespacedLease({ namespace, labelSelector: managedBySelector });
  const own = items.find(({ spec }) => spec?.holderIdentity === instanceId);
  const created = new Date(own?.metadata?.creationTimestamp ?? made.toMs).getTime();
  const ahead = Math.max(0, made.fromMs - created) - Math.max(0, created - made.toMs);
  const dead = items.filter(({ spec }) => {
    const renewedMs = new Date(spec?.renewTime ?? created).getTime();
    return renewedMs + 1_000 * (spec?.leaseDurationSeconds ?? 0) < created;
  });
  return [
    clockLine(ahead),
    leftoverLine(
      dead.map(({ metadata }) => metadata?.name ?? ""),
      items.length - dead.length - 1,
    ),
  ];
}

function clockLine(differenceMs: number): DoctorLine {
  const base = { code: "FC_DOCTOR_CLOCK", subject: "clock" } as const;
  if (Math.abs(differenceMs) <= skewMs)
    return { ...base, state: "ok", message: "this machine's clock agrees with the cluster's" };
  const seconds = Math.round(differenceMs / 1_000);
  const message = `this machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} the cluster's: times in answers and logs are off, and credentials may be refused`;
  return { ...base, state: "warning", message, fix: "synchronise the clock (NTP)" };
}

function leftoverLine(dead: readonly string[], alive: number): DoctorLine {
  const base = { code: "FC_DOCTOR_LEFTOVERS", subject: "leftovers" } as const;
  const others = `${alive} other ${alive === 1 ? "server runs" : "servers run"} in the namespace`;
  if (dead.length === 0) return { ...base, state: "ok", message: `no dead server left anything; ${others}` };
  const message = `${dead.length} ${dead.length === 1 ? "server" : "servers"} ended without cleaning up; ${others}`;
  const fix = `the next server removes what is left within a minute; or: kubectl delete lease ${dead.join(" ")}`;
  return { ...base, state: "warning", message, fix };
}
