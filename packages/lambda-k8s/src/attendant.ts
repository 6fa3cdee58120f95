import { errorText, type Logger } from "@fc/core";
import type { K8sClient } from "@fc/k8s";
import type { RuntimeSession } from "@fc/lambda/runtime-api";
import type { V1Pod } from "@kubernetes/client-node";
import { containerName } from "./pod-context.ts";

export interface AttendantOptions {
  readonly client: Pick<K8sClient, "followLogs">;
  readonly session: RuntimeSession;
  readonly logger: Logger;
  /** Speaks for a runtime that does not dial the Runtime API, from when its container runs. Ends when the signal aborts. */
  readonly speak?: ((pod: V1Pod, signal: AbortSignal) => Promise<void>) | undefined;
  /** Called with every line of the log, with its line end; gives what of it the function wrote. */
  readonly ofFunction?: ((line: Uint8Array) => Uint8Array | undefined) | undefined;
}

/** Tells the session what only the cluster knows of a container that starts by itself: that it runs, and what it writes. */
export class Attendant {
  readonly #options: AttendantOptions;
  readonly #done = new AbortController();
  #started = false;

  constructor(options: AttendantOptions) {
    this.#options = options;
    void options.session.ended.then(() => this.#done.abort(new Error("The environment ended")));
  }

  changed(pod: V1Pod): void {
    if (this.#started || !hasRun(pod)) return;
    this.#started = true;
    const { session, speak } = this.#options;
    session.codeArrived();
    this.#inBackground("log", pod, this.#readLog(pod));
    if (speak !== undefined) this.#inBackground("emulator", pod, speak(pod, this.#done.signal));
  }

  async #readLog(pod: V1Pod): Promise<void> {
    const { client, session, ofFunction = (line) => line } = this.#options;
    for await (const line of client.followLogs(pod, containerName, { signal: this.#done.signal })) {
      const own = ofFunction(line);
      if (own !== undefined) session.wrote(own);
    }
  }

  #inBackground(what: string, pod: V1Pod, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#done.signal.aborted) return;
      const fields = { pod: pod.metadata?.name, error: errorText(error) };
      this.#options.logger.warn(fields, `The ${what} of a function Pod cannot be read`);
    });
  }
}

/** Whether the image's entry point was started: from then on an exit is the function's own. */
function hasRun(pod: V1Pod): boolean {
  const own = pod.status?.containerStatuses?.find(({ name }) => name === containerName);
  const { running, terminated } = own?.state ?? {};
  return (
    running !== undefined ||
    (terminated !== undefined && !/^(StartError|ContainerCannotRun)$/.test(terminated.reason ?? ""))
  );
}
