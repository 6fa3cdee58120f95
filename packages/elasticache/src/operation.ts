import type { RequestContext } from "@fc/aws";
import type { ElastiCacheOperations } from "./model.generated.ts";
import type { Plane } from "./plane.ts";

export type OperationName = keyof ElastiCacheOperations;
export type Input<K extends OperationName> = ElastiCacheOperations[K]["input"];
export type Output<K extends OperationName> = ElastiCacheOperations[K]["output"];

/** One operation: it checks everything, then changes state in one transaction, then hands the rest to a transition. Synchronous. */
export type Operation<K extends OperationName> = (plane: Plane, input: Input<K>, context: RequestContext) => Output<K>;

/** One that has to ask somebody before it can answer. What it has checked before that it checks again. */
export type AsyncOperation<K extends OperationName> = (
  plane: Plane,
  input: Input<K>,
  context: RequestContext,
) => Output<K> | Promise<Output<K>>;
