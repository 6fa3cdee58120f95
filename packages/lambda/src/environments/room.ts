import type { FunctionSpec } from "../backend/function-spec.ts";
import { type Slot, sameFunction } from "./slot.ts";

/**
 * Whether one more environment of this function fits: `free`, `wait`, or the idle environment that has to go first. One that
 * is provisioned never has to.
 * @param promised environments on their way out that earlier waiters count on; whoever waits is added
 */
export function makeRoom(
  slots: ReadonlySet<Slot>,
  spec: FunctionSpec,
  limits: { readonly perFunction: number; readonly total: number },
  promised: Set<Slot>,
): "free" | "wait" | Slot {
  const all = [...slots];
  const own = all.filter((slot) => sameFunction(slot.spec, spec));
  const crowded = own.length >= limits.perFunction ? own : all.length >= limits.total ? all : undefined;
  if (crowded === undefined) return "free";
  const leaving = crowded.find((slot) => slot.phase === "retiring" && !promised.has(slot));
  if (leaving !== undefined) {
    promised.add(leaving);
    return "wait";
  }
  const idle = crowded
    .filter((slot) => slot.phase === "idle" && slot.provisioned === undefined)
    .sort((a, b) => a.lastUsedAt - b.lastUsedAt)[0];
  if (idle === undefined) return "wait";
  promised.add(idle);
  return idle;
}
