import { errorText } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { memberOf } from "../group/member-pod.ts";
import { PrimaryLinks } from "../group/primary-links.ts";
import { replaceMember } from "../group/replace-member.ts";
import { cacheAnnotations } from "../pod/cache-names.ts";
import type { CacheContext } from "./cache-context.ts";
import type { CacheNode } from "./cache-node.ts";
import { lossOf } from "./find-node.ts";
import { replaceNode } from "./replace-node.ts";

/** Sees that a node's Pod is lost, by the watch and by looking, and has it replaced. */
export class NodeWatch {
  readonly #context: CacheContext;
  /** Called when what a node needs has changed. */
  readonly #onChange: () => void;
  readonly #links: PrimaryLinks;
  readonly #background = new Set<Promise<void>>();
  #unwatch: (() => void) | undefined;

  constructor(context: CacheContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
    this.#links = new PrimaryLinks(context, (node, pod, loss) => this.#replace(node, pod, loss));
  }

  /** Begins to watch; again is fine. */
  start(): void {
    this.#unwatch ??= this.#context.client.onPodChange((type, pod) => this.#onPodChange(type, pod));
  }

  stop(): void {
    this.#unwatch?.();
    this.#links.close();
  }

  /** Resolves when no replacement is under way; call it after the nodes have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#background);
  }

  /** What the watch said while the node was being worked on was about a Pod that was not yet, or no longer, its own: look again. */
  check(node: CacheNode): void {
    this.#onChange();
    this.#links.update();
    const known = node.pod;
    if (known === undefined || node.signal.aborted) return;
    this.#track(async () => {
      const pod = await this.#context.client.getPod(known.metadata?.name ?? "");
      if (node.pod !== known) return;
      if (pod === undefined) this.#replace(node, known, `Pod ${known.metadata?.name} was deleted`);
      else this.#onPodChange("modified", pod);
    });
  }

  #onPodChange(type: "added" | "modified" | "deleted", pod: V1Pod): void {
    const node = this.#context.nodes.get(pod.metadata?.annotations?.[cacheAnnotations.nodeKey] ?? "");
    if (node?.pod === undefined || node.pod.metadata?.uid !== pod.metadata?.uid) return;
    const loss = type === "deleted" ? `Pod ${pod.metadata?.name} was deleted` : lossOf(pod);
    if (loss !== undefined) this.#replace(node, pod, loss);
  }

  #replace(node: CacheNode, pod: V1Pod, loss: string): void {
    if (node.replacing || node.signal.aborted) return;
    node.replacing = true;
    const member = memberOf(this.#context, node);
    const replacing =
      member === undefined
        ? () => replaceNode(this.#context, node, pod, loss)
        : () => replaceMember(this.#context, member, pod, loss);
    // A new Pod may be lost before the loss of the one before is dealt with.
    this.#track(() => replacing().finally(() => this.check(node)));
  }

  #track(work: () => Promise<void>): void {
    const running = work().catch((error: unknown) => {
      this.#context.logger.warn({ error: errorText(error) }, "watching a cache node failed");
    });
    this.#background.add(running);
    void running.then(() => this.#background.delete(running));
  }
}
