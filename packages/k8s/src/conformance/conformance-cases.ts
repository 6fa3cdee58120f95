import { accessCases } from "./cases/access-cases.ts";
import { changeCases } from "./cases/change-cases.ts";
import { connectCases } from "./cases/connect-cases.ts";
import { dialCases } from "./cases/dial-cases.ts";
import { execCases } from "./cases/exec-cases.ts";
import { fileCases } from "./cases/file-cases.ts";
import { logCases } from "./cases/log-cases.ts";
import { lossCases } from "./cases/loss-cases.ts";
import { nodeCases } from "./cases/node-cases.ts";
import { objectCases } from "./cases/object-cases.ts";
import { outageCases } from "./cases/outage-cases.ts";
import { ownershipCases } from "./cases/ownership-cases.ts";
import { podConfigCases } from "./cases/pod-config-cases.ts";
import { refusalCases } from "./cases/refusal-cases.ts";
import { startFailureCases } from "./cases/start-failure-cases.ts";
import { waitCases } from "./cases/wait-cases.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** Every promise, those that disturb others last. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...connectCases,
  ...accessCases,
  ...objectCases,
  ...waitCases,
  ...changeCases,
  ...execCases,
  ...fileCases,
  ...logCases,
  ...dialCases,
  ...ownershipCases,
  ...podConfigCases,
  ...startFailureCases,
  ...refusalCases,
  ...lossCases,
  ...nodeCases,
  ...outageCases,
].sort((a, b) => Number(a.disturbs) - Number(b.disturbs));
