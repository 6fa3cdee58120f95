import { accessCases } from "./cases/access-cases.ts";
import { groupCases } from "./cases/group-cases.ts";
import { lossCases } from "./cases/loss-cases.ts";
import { processCases } from "./cases/process-cases.ts";
import { rebootCases } from "./cases/reboot-cases.ts";
import { slotCases } from "./cases/slot-cases.ts";
import { snapshotCases } from "./cases/snapshot-cases.ts";
import { startCases } from "./cases/start-cases.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** Every promise. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...startCases,
  ...rebootCases,
  ...snapshotCases,
  ...accessCases,
  ...groupCases,
  ...lossCases,
  ...slotCases,
  ...processCases,
];
