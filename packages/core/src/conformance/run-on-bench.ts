import { withDeadline } from "../deadline.ts";

/** Where a case works. Disposing it ends what the case left, whatever it did. */
export interface CaseBench extends AsyncDisposable {
  /** Ends what the case made. Rejects when something of it is left. */
  finish(): Promise<void>;
}

/** A case of a conformance kit that works on a bench. */
export interface BenchCase<Bench> {
  /** What it is about. */
  readonly group: string;
  /** A sentence: what is promised. */
  readonly name: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Rejects when the promise is not kept. */
  readonly run: (bench: Bench) => Promise<void>;
}

/**
 * Runs a case on a bench of its own, whose signal aborts when the case's time is up. Rejects with what the case rejects with.
 * @throws FcError `FC_DEADLINE_EXCEEDED`
 */
export async function runOnBench<Bench extends CaseBench>(
  { timeoutMs, group, name, run }: BenchCase<Bench>,
  open: (signal: AbortSignal) => Promise<Bench>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let bench: Bench | undefined;
  try {
    await withDeadline({ timeoutMs, what: `${group}: ${name}`, signal }, async (deadline) => {
      bench = await open(deadline);
      await run(bench);
      await bench.finish();
    });
  } finally {
    await bench?.[Symbol.asyncDispose]();
  }
}
