import { errorText } from "@fc/core";
import { KubernetesError } from "@fc/k8s";
import type { CacheGroup } from "../group/cache-group.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import { EngineReplyError, type RespConnection } from "../resp/resp-connection.ts";
import { agree } from "./agree.ts";
import { knows, meet, replicate } from "./cluster-link.ts";
import { askMembers, type ClusterMember } from "./cluster-member.ts";
import { serveConfiguration } from "./configuration-endpoint.ts";
import { leaveCluster } from "./leave-cluster.ts";
import { moveSlots } from "./move-slots.ts";
import { type SlotPlan, slotPlan } from "./slot-plan.ts";
import { type Strangers, strangersOf } from "./strangers.ts";

const pauseMs = 50;
/** The cluster's proxies may lead clients to a node for a second after they must not: it sends them to the others until then. */
const stillLedToMs = 1_500;

/**
 * Makes the cluster of a group so, from whatever there is: every node knows every other one, by its address of today, replicas follow their
 * primaries, each shard has its slots, and nobody knows of nodes that are gone. Looks, does the next step, and looks again, until nothing is left to do: what another
 * process began is found half done and is done. What belongs to nodes that are being replaced waits; whoever replaces them comes back here.
 * `onMove` is called before the first slot of another node moves; once `isOver` says so, somebody else does the rest.
 */
export async function formCluster(
  context: CacheContext,
  group: CacheGroup,
  signal: AbortSignal,
  {
    onMove = () => undefined,
    isOver = () => false,
  }: { readonly onMove?: () => void; readonly isOver?: () => boolean } = {},
): Promise<void> {
  while (!isOver()) {
    // Roles do not change within a step, and can between two.
    const waitMs = await group
      .run(() => step(context, group, signal, onMove), signal)
      .catch((error: unknown) => {
        signal.throwIfAborted();
        // Whoever sees that an engine is gone has it replaced; what one refuses, or Kubernetes, it refuses again.
        if (error instanceof EngineReplyError || KubernetesError.is(error)) throw error;
        context.logger.warn({ group: group.groupKey, error: errorText(error) }, "a node of a cluster does not answer");
        return pauseMs;
      });
    if (waitMs === undefined) return;
    await context.clock.sleep(waitMs, signal);
  }
}

/** Does what can be done now, and says after how long to look again; undefined when there was nothing to do. */
async function step(
  context: CacheContext,
  group: CacheGroup,
  signal: AbortSignal,
  onMove: () => void,
): Promise<number | undefined> {
  const members = await askMembers(context, group, signal);
  if (members === undefined) return pauseMs;
  if (await meetAll(context, members, signal)) return pauseMs;
  const strangers = await strangersOf(context, group, members, signal);
  const primaries = primariesOf(group, members);
  if (await followAll(context, members, primaries, signal)) return pauseMs;
  if (await forgetAll(context, members, strangers, signal)) return pauseMs;
  const plan = slotPlan(primaries, [...members, ...strangers.leaving]);
  if (await takeSlots(context, plan, signal)) return pauseMs;
  if (plan.moves.length > 0) {
    // A node that has just come to know the others takes no keys before it sees a whole cluster.
    if (!plan.moves.every(({ from, to }) => from.ok && to.ok)) return pauseMs;
    onMove();
    await moveSlots(context, plan.moves, signal);
    return pauseMs;
  }
  if (await settleSlots(context, members, signal)) return pauseMs;
  if (strangers.busy || !agree(group.spec, members, primaries)) return pauseMs;
  const pods = members.map(({ engine }) => engine.pod);
  const ledElsewhere = await serveConfiguration(context, group.spec, pods);
  if (strangers.leaving.length === 0) return undefined;
  const nowMs = context.clock.now();
  // Whoever else forms the cluster has to wait for that, too.
  if (ledElsewhere) group.stillLedUntilMs = nowMs + stillLedToMs;
  if (nowMs < group.stillLedUntilMs) return Math.min(group.stillLedUntilMs - nowMs, stillLedToMs);
  await leaveCluster(context, strangers.leaving, signal);
  return pauseMs;
}

/** The primaries that answer, by shard id. */
function primariesOf(group: CacheGroup, members: readonly ClusterMember[]): Map<string, ClusterMember> {
  const found = new Map<string, ClusterMember>();
  for (const [shardId, nodeKey] of group.primaries) {
    const primary = members.find((member) => member.nodeKey === nodeKey);
    if (primary?.shard?.shardId === shardId) found.set(shardId, primary);
  }
  return found;
}

/** Runs `work` on each of these members that has something to do; false when none has. */
async function onEach(
  context: CacheContext,
  members: readonly ClusterMember[],
  what: string,
  signal: AbortSignal,
  work: (member: ClusterMember, connection: RespConnection, signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  await Promise.all(
    members.map((member) =>
      withEngine(
        context,
        { ...member.engine, what: `${what} at Pod ${member.engine.pod.metadata?.name}` },
        signal,
        (connection, deadline) => work(member, connection, deadline),
      ),
    ),
  );
  return members.length > 0;
}

async function meetAll(
  context: CacheContext,
  members: readonly ClusterMember[],
  signal: AbortSignal,
): Promise<boolean> {
  const others = (member: ClusterMember): ClusterMember[] =>
    members.filter((other) => other.id < member.id && !(knows(member.view, other) && knows(other.view, member)));
  const alone = members.filter((member) => others(member).length > 0);
  return await onEach(context, alone, "meeting other nodes", signal, async (member, connection, deadline) => {
    for (const other of others(member)) await meet(connection, other.engine, deadline);
  });
}

async function followAll(
  context: CacheContext,
  members: readonly ClusterMember[],
  primaries: ReadonlyMap<string, ClusterMember>,
  signal: AbortSignal,
): Promise<boolean> {
  const primaryOf = ({ shard }: ClusterMember): ClusterMember | undefined => primaries.get(shard?.shardId ?? "");
  const astray = members.filter((member) => {
    const primary = primaryOf(member);
    return primary !== undefined && primary !== member && member.view.myself.primaryId !== primary.id;
  });
  return await onEach(context, astray, "following the primary", signal, async (member, connection, deadline) => {
    const id = primaryOf(member)?.id ?? "";
    await replicate(context, { connection, view: member.view, id }, deadline);
  });
}

/** For a minute nobody learns anew of a node that was forgotten: all have to forget it meanwhile. */
async function forgetAll(
  context: CacheContext,
  members: readonly ClusterMember[],
  { gone }: Strangers,
  signal: AbortSignal,
): Promise<boolean> {
  const remembering = members.filter(({ view }) => [...gone].some((id) => view.byId.has(id)));
  return await onEach(context, remembering, "forgetting nodes", signal, async ({ view }, connection, deadline) => {
    const ids = [...gone].filter((id) => view.byId.has(id));
    // A replica does not forget its primary; it is told to follow another one first.
    const replies = await connection.callAll(
      ids.map((id) => ["CLUSTER", "FORGET", id]),
      deadline,
    );
    for (const reply of replies)
      if (reply instanceof EngineReplyError)
        context.logger.debug({ reply: reply.engineMessage }, "a node is not forgotten yet");
  });
}

async function takeSlots(context: CacheContext, { free }: SlotPlan, signal: AbortSignal): Promise<boolean> {
  const takers = [...free.keys()];
  return await onEach(context, takers, "taking slots", signal, async (member, connection, deadline) => {
    const ranges = (free.get(member) ?? []).flat().map(String);
    await connection.call(["CLUSTER", "ADDSLOTSRANGE", ...ranges], deadline);
  });
}

/** Nothing moves any more: what is still marked so was given up by a process that is gone. */
async function settleSlots(
  context: CacheContext,
  members: readonly ClusterMember[],
  signal: AbortSignal,
): Promise<boolean> {
  const marked = members.filter(({ view }) => view.myself.moving.size > 0);
  return await onEach(context, marked, "settling slots", signal, async ({ view }, connection, deadline) => {
    const commands = [...view.myself.moving.keys()].map((slot) => ["CLUSTER", "SETSLOT", String(slot), "STABLE"]);
    await connection.callAll(commands, deadline);
  });
}
