import type { Clock, Logger } from "@fc/core";
import type { Background } from "./background.ts";
import type { CodeFetch } from "./code/code-fetch.ts";
import type { CodeStore } from "./code/code-store.ts";
import type { Downloads } from "./code/downloads.ts";
import type { ConcurrencyCounter } from "./concurrency/concurrency-counter.ts";
import type { Deliveries } from "./deliveries/deliveries.ts";
import type { EnvironmentManager } from "./environments/environment-manager.ts";
import type { InvocationReport } from "./invocation/invocation-report.ts";
import type { LambdaRecords } from "./state/lambda-records.ts";

/** What the operations stand on. */
export interface LambdaParts {
  readonly records: LambdaRecords;
  readonly code: CodeStore;
  readonly codeFetch: CodeFetch;
  readonly downloads: Downloads;
  readonly environments: EnvironmentManager;
  readonly concurrency: ConcurrencyCounter;
  readonly deliveries: Deliveries;
  readonly background: Background;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onInvocation: (report: InvocationReport) => void;
  /** Bytes of a streamed response. */
  readonly streamedResponseBytes: number;
  /** A new UUID. */
  readonly newId: () => string;
  /** A number in [0, 1), for alias weights. */
  readonly random: () => number;
}
