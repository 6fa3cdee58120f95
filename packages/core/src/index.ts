/**
 * What every `@fc` package stands on: errors with stable codes, one settings table per package, a logger and a clock to
 * inject, deadlines, fair waiting, and the stores where services keep their state. No dependencies.
 *
 * @packageDocumentation
 */
export { type BlobRef, type BlobStore, createFileBlobStore } from "./blob-store.ts";
export { type Clock, ManualClock, systemClock } from "./clock.ts";
export { type DeadlineOptions, withDeadline } from "./deadline.ts";
export { type Deferred, deferred } from "./deferred.ts";
export { errorText, type Fault, FcError, type FcErrorOptions } from "./errors.ts";
export { FairQueue } from "./fair-queue.ts";
export { type LogFields, type Logger, silentLogger } from "./logger.ts";
export { nearestName } from "./nearest-name.ts";
export { Progress } from "./progress.ts";
export { createMemoryRecordStore, type RecordCollection, type RecordStore, recordKey } from "./record-store.ts";
export { redact, redacted } from "./redact.ts";
export { Semaphore } from "./semaphore.ts";
export {
  address,
  boolean,
  httpUrl,
  integer,
  json,
  keyValueMap,
  matching,
  oneOf,
  type Parser,
  text,
} from "./settings/parsers.ts";
export {
  readSettings,
  type Setting,
  type SettingProblem,
  type SettingSource,
  SettingsError,
  type SettingsInput,
  type SettingsTable,
  sourceOf,
  tryReadSettings,
  unknownSettings,
} from "./settings/settings.ts";
export { type ExplainedSetting, explainSettings, settingsHelp, settingsMarkdown } from "./settings/settings-text.ts";
export { type WriteDurablyOptions, type WrittenFile, writeDurably } from "./write-durably.ts";
