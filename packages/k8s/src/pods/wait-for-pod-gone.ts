import { deferred, withDeadline } from "@fc/core";
import type { WaitContext } from "./wait-for-pod.ts";

const lookMs = 5_000;

/** Waits until the Pod with this uid is gone. @throws FcError `FC_DEADLINE_EXCEEDED` */
export async function waitForPodGone(
  context: Pick<WaitContext, "reflector" | "getPod" | "clock">,
  name: string,
  uid: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { clock } = context;
  const what = `waiting for Pod ${name} (uid ${uid}) to go`;
  await withDeadline({ ...options, what, clock }, async (signal) => {
    const gone = deferred();
    const unsubscribe = context.reflector.subscribe((type, pod) => {
      if (type === "deleted" && pod.metadata?.uid === uid) gone.resolve();
    });
    let cancel = (): void => undefined;
    // The watch tells first as a rule; looking covers what was gone before, and a watch that stands still.
    const look = async (): Promise<void> => {
      const pod = await context.getPod(name, signal).catch(() => null);
      if (pod === undefined || (pod !== null && pod.metadata?.uid !== uid)) gone.resolve();
      else if (!signal.aborted) cancel = clock.after(lookMs, () => void look());
    };
    signal.addEventListener("abort", () => gone.resolve(), { once: true });
    try {
      await look();
      await gone.promise;
    } finally {
      unsubscribe();
      cancel();
    }
  });
}
