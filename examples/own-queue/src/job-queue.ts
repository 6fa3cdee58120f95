// #region queue
import { createHash, randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { EventSourceError, type EventSources, type QueueMessage, type QueueSource } from "@fc/lambda/event-sources";

interface Job {
  readonly body: string;
  hiddenUntil: number;
  receives: number;
}

/** Jobs of this process that a function works off, with the semantics of an SQS queue. */
export class JobQueue implements QueueSource {
  readonly visibilityTimeoutSeconds = 30;
  readonly #jobs = new Map<string, Job>();
  readonly #arrivals = new EventEmitter();

  push(body: string): void {
    this.#jobs.set(randomUUID(), { body, hiddenUntil: 0, receives: 0 });
    this.#arrivals.emit("job");
  }

  async receive(call: { maximum: number; waitMs: number; signal: AbortSignal }): Promise<QueueMessage[]> {
    const jobs = this.#take(call.maximum);
    if (jobs.length > 0) return jobs;
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(call.waitMs)]);
    await once(this.#arrivals, "job", { signal }).catch(() => call.signal.throwIfAborted());
    return this.#take(call.maximum);
  }

  delete(messages: readonly QueueMessage[]): Promise<void> {
    for (const { messageId } of messages) this.#jobs.delete(messageId);
    return Promise.resolve();
  }

  release(messages: readonly QueueMessage[]): Promise<void> {
    for (const { messageId } of messages) Object.assign(this.#jobs.get(messageId) ?? {}, { hiddenUntil: 0 });
    return Promise.resolve();
  }

  #take(maximum: number): QueueMessage[] {
    const visible = [...this.#jobs].filter(([, job]) => job.hiddenUntil <= Date.now()).slice(0, maximum);
    return visible.map(([messageId, job]) => {
      job.hiddenUntil = Date.now() + this.visibilityTimeoutSeconds * 1_000;
      job.receives += 1;
      return {
        messageId,
        receiptHandle: `${messageId}/${job.receives}`,
        body: job.body,
        attributes: { ApproximateReceiveCount: String(job.receives) },
        messageAttributes: {},
        md5OfBody: createHash("md5").update(job.body).digest("hex"),
      };
    });
  }
}

/** Queues of this process, by the ARNs under which mappings name them. */
export function jobSources(queues: ReadonlyMap<string, JobQueue>): EventSources {
  return {
    specificationVersion: "v1",
    openQueue: (arn) => {
      const queue = queues.get(arn);
      const absent = new EventSourceError("FC_EVENT_SOURCE_NOT_FOUND", `There is no queue ${arn}`);
      return queue === undefined ? Promise.reject(absent) : Promise.resolve(queue);
    },
    openStream: (arn) =>
      Promise.reject(new EventSourceError("FC_EVENT_SOURCE_UNSUPPORTED", `${arn}: there are no streams here`)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
// #endregion
