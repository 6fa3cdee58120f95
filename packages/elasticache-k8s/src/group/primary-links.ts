import type { Duplex } from "node:stream";
import type { V1Pod } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import { dialEngine, engineAnswers } from "../node/engine-link.ts";
import { EngineReplyError } from "../resp/resp-connection.ts";

/** An engine whose process is gone refuses at once; one that is only busy accepts. */
const askTimeoutMs = 1_000;
const pauseMs = 200;

/**
 * An idle connection to every primary that can be replaced by a replica: it ends with the engine's process, a second or more before
 * Kubernetes has heard of that.
 */
export class PrimaryLinks {
  readonly #context: CacheContext;
  readonly #onLost: (node: CacheNode, pod: V1Pod, loss: string) => void;
  readonly #links = new Map<string, { readonly uid: string | undefined; readonly socket: Duplex | undefined }>();

  constructor(context: CacheContext, onLost: (node: CacheNode, pod: V1Pod, loss: string) => void) {
    this.#context = context;
    this.#onLost = onLost;
  }

  /** Has a link to each primary of today, and to nothing else. */
  update(): void {
    const wanted = this.#primaries();
    for (const [nodeKey, { uid, socket }] of this.#links)
      if (wanted.get(nodeKey)?.pod?.metadata?.uid !== uid) {
        this.#links.delete(nodeKey);
        socket?.destroy();
      }
    for (const node of wanted.values()) if (!this.#links.has(node.nodeKey)) void this.#open(node);
  }

  close(): void {
    for (const { socket } of this.#links.values()) socket?.destroy();
    this.#links.clear();
  }

  #primaries(): Map<string, CacheNode> {
    const wanted = new Map<string, CacheNode>();
    for (const node of this.#context.nodes.values()) {
      const group = this.#context.groups.of(node.nodeKey);
      const replicas = (group?.shardOf(node.nodeKey)?.nodes.length ?? 1) - 1;
      const watched = group?.spec.automaticFailover === true && replicas > 0 && group.isPrimary(node.nodeKey);
      if (watched && node.pod !== undefined && !node.replacing && !node.signal.aborted) wanted.set(node.nodeKey, node);
    }
    return wanted;
  }

  async #open(node: CacheNode): Promise<void> {
    const pod = node.pod;
    if (pod === undefined) return;
    const uid = pod.metadata?.uid;
    this.#links.set(node.nodeKey, { uid, socket: undefined });
    const current = (): boolean => this.#links.get(node.nodeKey)?.uid === uid;
    try {
      const socket = await dialEngine(this.#context, pod, node.spec.engine, node.signal);
      if (!current()) return void socket.destroy();
      this.#links.set(node.nodeKey, { uid, socket });
      socket.on("error", () => undefined);
      socket.resume();
      socket.once("close", () => {
        if (current()) void this.#ended(node, pod);
      });
    } catch {
      if (current()) void this.#ended(node, pod);
    }
  }

  /** The connection has ended: the engine is asked on a new one, and again, until it answers or Kubernetes says what happened. */
  async #ended(node: CacheNode, pod: V1Pod): Promise<void> {
    const current = (): boolean => this.#links.get(node.nodeKey)?.uid === pod.metadata?.uid;
    for (let refused = 0; current() && !node.signal.aborted; ) {
      // Its node has another Pod by now, which is not lost: this one was meant to end.
      if (node.pod?.metadata?.uid !== pod.metadata?.uid) return this.update();
      try {
        const deadline = AbortSignal.any([node.signal, AbortSignal.timeout(askTimeoutMs)]);
        await this.#ask(node, pod, deadline);
        this.#links.delete(node.nodeKey);
        return this.update();
      } catch (error) {
        if (isRefusal(error)) refused += 1;
      }
      if (refused >= 2 && current() && node.pod?.metadata?.uid === pod.metadata?.uid) {
        this.#links.delete(node.nodeKey);
        return this.#onLost(node, pod, `The engine in Pod ${pod.metadata?.name} has ended`);
      }
      await this.#context.clock.sleep(pauseMs, node.signal).catch(() => undefined);
    }
  }

  /** Whatever the engine answers, it lives. */
  async #ask(node: CacheNode, pod: V1Pod, signal: AbortSignal): Promise<void> {
    const { engine } = node.spec;
    try {
      await engineAnswers(await dialEngine(this.#context, pod, engine, signal), engine, signal);
    } catch (error) {
      if (!(error instanceof EngineReplyError)) throw error;
    }
  }
}

/** Nothing listens, or the Pod's network is gone: what a partition of the network does not look like. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  return code === "ECONNREFUSED" || code === "EHOSTUNREACH" || isRefusal(error.cause);
}
