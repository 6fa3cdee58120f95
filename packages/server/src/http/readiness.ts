import { errorText, type RecordStore } from "@fc/core";
import type { ElastiCache } from "@fc/elasticache";
import type { Lambda, LambdaHealth } from "@fc/lambda";

interface PartReadiness {
  readonly ready: boolean;
  readonly detail: string;
}

/** Whether requests can be served now: by the whole, and by each part with how it stands. */
export interface Readiness {
  readonly ready: boolean;
  readonly storage: PartReadiness;
  /** With what waits in its queues. */
  readonly lambda: LambdaHealth;
  readonly elasticache: PartReadiness;
  /** Whether Pods reach the server, when it is outside their cluster. */
  readonly reach?: PartReadiness;
  /** Whether the init hooks are done, where there are any. */
  readonly init?: PartReadiness;
}

/** Asks the storage to take a record, and the backends for their clusters. */
export async function readinessOf(server: {
  readonly records: RecordStore;
  readonly lambda: Pick<Lambda, "health">;
  readonly elasticache: Pick<ElastiCache, "health">;
  readonly podReach?: { readonly problem: string | undefined } | undefined;
  readonly init?: { readonly running: string | undefined } | undefined;
}): Promise<Readiness> {
  const storage = storageReadiness(server.records);
  const [lambda, elasticache] = await Promise.all([server.lambda.health(), server.elasticache.health()]);
  const reach = server.podReach === undefined ? {} : { reach: reachReadiness(server.podReach.problem) };
  const init = server.init === undefined ? {} : { init: initReadiness(server.init.running) };
  const parts = { storage, lambda, elasticache, ...reach, ...init };
  return { ready: Object.values(parts).every(({ ready }) => ready), ...parts };
}

function reachReadiness(problem: string | undefined): PartReadiness {
  return { ready: problem === undefined, detail: problem ?? "nothing is known against it" };
}

function initReadiness(running: string | undefined): PartReadiness {
  return { ready: running === undefined, detail: running ?? "the init hooks are done" };
}

/** Reading would not find a disk that is full. */
function storageReadiness(records: RecordStore): PartReadiness {
  try {
    records.collection<boolean>("server.readiness").set("writable", true);
    return { ready: true, detail: "takes changes" };
  } catch (error) {
    return { ready: false, detail: errorText(error) };
  }
}
