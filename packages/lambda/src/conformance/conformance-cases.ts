import { abortCases } from "./cases/abort-cases.ts";
import { configurationCases } from "./cases/configuration-cases.ts";
import { contextCases } from "./cases/context-cases.ts";
import { endCases } from "./cases/end-cases.ts";
import { errorCases } from "./cases/error-cases.ts";
import { extensionCases } from "./cases/extension-cases.ts";
import { fileCases } from "./cases/file-cases.ts";
import { initCases } from "./cases/init-cases.ts";
import { invokeCases } from "./cases/invoke-cases.ts";
import { languageCases } from "./cases/language-cases.ts";
import { launchCases } from "./cases/launch-cases.ts";
import { logCases } from "./cases/log-cases.ts";
import { ownerCases } from "./cases/owner-cases.ts";
import { resetCases } from "./cases/reset-cases.ts";
import { streamCases } from "./cases/stream-cases.ts";
import { telemetryCases } from "./cases/telemetry-cases.ts";
import { wrapperCases } from "./cases/wrapper-cases.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** Every promise. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...launchCases,
  ...initCases,
  ...abortCases,
  ...invokeCases,
  ...streamCases,
  ...errorCases,
  ...endCases,
  ...resetCases,
  ...extensionCases,
  ...telemetryCases,
  ...logCases,
  ...contextCases,
  ...configurationCases,
  ...fileCases,
  ...languageCases,
  ...wrapperCases,
  ...ownerCases,
];
