import { adminUser } from "../access/admin-user.ts";
import { listeningPort } from "../engines/engine-arguments.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import { specOf } from "../node/find-node.ts";
import { EngineReplyError, type RespConnection, type RespValue } from "../resp/resp-connection.ts";
import type { SlotMove } from "./slot-plan.ts";

/** Slots that move in one go. */
const slotsAtOnce = 256;
/** Keys that move in one go: the engine serves nobody else meanwhile. */
const keysAtOnce = 50;
const commandsAtOnce = 16;
const migrateTimeoutMs = 10_000;
const moveTimeoutMs = 120_000;
/** Roles do not change while slots move: after this time others have their turn. */
const turnMs = 1_000;

/**
 * Moves slots with their keys while clients go on; not necessarily all of them: what is left moves at the next call. Each step may be found done.
 * @throws EngineReplyError when an engine refuses, as one does whose memory is full
 */
export async function moveSlots(context: CacheContext, moves: readonly SlotMove[], signal: AbortSignal): Promise<void> {
  // From when the first engines are reached, however long that took: something moves in every turn.
  let until: number | undefined;
  const isOver = (): boolean => {
    until ??= context.clock.now() + turnMs;
    return context.clock.now() >= until;
  };
  for (const { from, to, slots } of moves) {
    const names = [from, to].map(({ engine }) => engine.pod.metadata?.name);
    const what = `moving slots from Pod ${names.join(" to ")}`;
    const common = { what, timeoutMs: moveTimeoutMs, encoding: "latin1" } as const;
    await withEngine(context, { ...from.engine, ...common }, signal, (source, outer) =>
      withEngine(context, { ...to.engine, ...common }, outer, async (target, deadline) => {
        await correctOwner(target, { from, to, slots }, deadline);
        const migrate = await migrateCommand(context, to.engine.pod);
        for (let at = 0; at < slots.length && !isOver(); at += slotsAtOnce)
          await moveBatch(
            { source, target, from: from.id, to: to.id, migrate, isOver },
            slots.slice(at, at + slotsAtOnce),
            deadline,
          );
      }),
    );
  }
}

/**
 * A node that was to get a slot hears of no new owner of it meanwhile: when a replica has taken the old one's place, it is told, since it takes no
 * keys of a slot that is nobody's.
 */
async function correctOwner(target: RespConnection, { from, to, slots }: SlotMove, signal: AbortSignal): Promise<void> {
  const seen = to.view.byId.get(from.id)?.slots;
  const wrong = slots.filter((slot) => !to.view.myself.slots.has(slot) && seen?.has(slot) !== true);
  const commands = wrong.map((slot) => ["CLUSTER", "SETSLOT", String(slot), "NODE", from.id]);
  throwErrors(await target.callAll(commands, signal));
}

interface Movement {
  readonly source: RespConnection;
  readonly target: RespConnection;
  readonly from: string;
  readonly to: string;
  /** The command that moves these keys. */
  readonly migrate: (keys: readonly string[]) => readonly string[];
  /** Whether others are to have their turn: what is half moved is completed after it. */
  readonly isOver: () => boolean;
}

async function moveBatch(movement: Movement, slots: readonly number[], signal: AbortSignal): Promise<void> {
  const { source, target, from, to, migrate, isOver } = movement;
  const setSlots = async (connection: RespConnection, ...state: readonly string[]): Promise<void> => {
    const replies = await connection.callAll(
      slots.map((slot) => ["CLUSTER", "SETSLOT", String(slot), ...state]),
      signal,
    );
    throwErrors(replies.filter((reply) => !isDone(reply)));
  };
  await setSlots(target, "IMPORTING", from);
  await setSlots(source, "MIGRATING", to);
  for (;;) {
    // No key can come to be in these slots at the source any more.
    const replies = await source.callAll(
      slots.map((slot) => ["CLUSTER", "GETKEYSINSLOT", String(slot), String(keysAtOnce)]),
      signal,
    );
    // The keys of one command are of one slot.
    const moving = replies.flatMap((reply) => (Array.isArray(reply) && reply.length > 0 ? [reply.map(String)] : []));
    if (moving.length === 0) break;
    for (let at = 0; at < moving.length; at += commandsAtOnce) {
      const moved = await source.callAll(moving.slice(at, at + commandsAtOnce).map(migrate), signal);
      throwErrors(moved.filter((reply) => !isPassing(reply)));
      if (moved.some(isPassing) || isOver()) return;
    }
  }
  // The new owner first: between the two nobody is without the slot.
  await setSlots(target, "NODE", to);
  await setSlots(source, "NODE", to);
}

/** The slot has moved already, or moves by another's word. */
function isDone(reply: RespValue): boolean {
  return reply instanceof EngineReplyError && /already the owner|not the owner/i.test(reply.engineMessage);
}

/** The target does not serve just now, or does not answer in time. */
function isPassing(reply: RespValue): boolean {
  return reply instanceof EngineReplyError && /IOERR|CLUSTERDOWN|LOADING|MASTERDOWN/.test(reply.engineMessage);
}

function throwErrors(replies: readonly RespValue[]): void {
  for (const reply of replies) if (reply instanceof EngineReplyError) throw reply;
}

/** Keys that are in both engines are the source's: the transfer was cut off before it deleted them there. */
async function migrateCommand(
  context: CacheContext,
  to: SlotMove["to"]["engine"]["pod"],
): Promise<Movement["migrate"]> {
  const spec = specOf(to);
  if (spec === undefined) throw new Error(`Pod ${to.metadata?.name} is not one of a cache node`);
  const password = (await context.secrets.access()).adminPassword(spec);
  const { podIP = "" } = to.status ?? {};
  const head = ["MIGRATE", podIP, String(listeningPort(spec)), "", "0", String(migrateTimeoutMs), "REPLACE"];
  return (keys) => [...head, "AUTH2", adminUser, password, "KEYS", ...keys];
}
