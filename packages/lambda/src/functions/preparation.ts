import { errorText } from "@fc/core";
import { conflict } from "../aws-errors.ts";
import type { FunctionSpec } from "../backend/function-spec.ts";
import { packageOf } from "../code/code-package.ts";
import { functionSpecOf, servingConfig } from "../invocation/function-spec-of.ts";
import { functionArn, type Home } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { ImageRecord, VersionRecord } from "../state/records.ts";
import { writeVersion } from "./version-writes.ts";

type Parts = Pick<LambdaParts, "records" | "code" | "background" | "environments" | "clock">;

/** What a new version is like before its package is prepared. */
export function pendingState(
  preparation: string,
): Pick<VersionRecord, "state" | "stateReason" | "stateReasonCode" | "lastUpdateStatus" | "preparation"> {
  return {
    state: "Pending",
    stateReason: "The function is being created.",
    stateReasonCode: "Creating",
    lastUpdateStatus: "Successful",
    preparation,
  };
}

/** `$LATEST` with a change that is not in effect yet: invocations go on with what they ran before. */
export function updatingState(
  before: VersionRecord,
  preparation: string,
): Pick<VersionRecord, "serving" | "lastUpdateStatus" | "lastUpdateReason" | "lastUpdateReasonCode" | "preparation"> {
  return {
    serving: before.serving ?? before.config,
    lastUpdateStatus: "InProgress",
    lastUpdateReason: "The function is being created.",
    lastUpdateReasonCode: "Creating",
    preparation,
  };
}

/** @throws AwsError `ResourceConflictException` while the function is being created or updated */
export function checkUpdatable(record: VersionRecord): void {
  if (record.state === "Pending")
    throw conflict(
      "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    );
  if (record.lastUpdateStatus === "InProgress")
    throw conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(record, record.functionName)}`,
    );
}

/** Starts the step that ends a version's transitional state: its package is put together from the store and read through. */
export function prepareVersion(parts: Parts, home: Home, functionName: string, version: string): void {
  parts.background.run(home.account, `preparing ${functionName}:${version}`, async () => {
    const key = keyOf(home, functionName, version);
    const before = parts.records.versions.get(key);
    if (before?.preparation === undefined) return;
    const failure = await tryPackage(parts, before);
    const settle = (): void => {
      const now = parts.records.versions.get(key);
      // Deleted, or deleted and made again, in the meantime: then somebody else prepares it.
      if (now === undefined || now.preparation !== before.preparation) return;
      writeVersion(parts, settled(now, failure));
    };
    await parts.background.store(`the state of ${functionName}:${version}`, () => parts.records.transaction(settle));
    await parts.code.collect();
    parts.environments.reconcile();
    announce(parts, home, functionName, version);
  });
}

/**
 * Lets the backend get ready for what a former process left: every function, and every version that an alias points to. What is
 * still being prepared follows when it is.
 */
export function warmUp(parts: Parts): void {
  const { functions, aliases } = parts.records;
  const wanted = [
    ...functions.list().map(({ value }) => ({ ...value, functionName: value.name, version: "$LATEST" })),
    ...aliases.list().flatMap(({ value }) => {
      const versions = [value.functionVersion, ...Object.keys(value.weights ?? {})];
      return versions.map((version) => ({ ...value, version }));
    }),
  ];
  for (const { functionName, version, ...home } of wanted) getReady(parts, home, functionName, version);
}

/** Lets the backend get ready for the version's first invocation. */
function announce(parts: Parts, home: Home, functionName: string, version: string): void {
  const { spec, image } = getReady(parts, home, functionName, version) ?? {};
  if (spec === undefined || image === undefined) return;
  parts.environments.pullImage(spec, (imageDigest) => {
    const key = keyOf(home, functionName, version);
    const now = parts.records.versions.get(key);
    if (now?.config.image?.resolution === image.resolution) parts.records.versions.set(key, { ...now, imageDigest });
  });
}

function getReady(
  parts: Parts,
  home: Home,
  functionName: string,
  version: string,
): { readonly spec: FunctionSpec; readonly image?: ImageRecord | undefined } | undefined {
  const owner = parts.records.functions.get(keyOf(home, functionName));
  const record = parts.records.versions.get(keyOf(home, functionName, version));
  if (owner === undefined || record?.state !== "Active") return undefined;
  const config = servingConfig(record);
  const spec = functionSpecOf(owner, record);
  parts.environments.prepare(spec, () => packageOf(parts.code, config));
  return { spec, image: config.image };
}

async function tryPackage(parts: Parts, record: VersionRecord): Promise<string | undefined> {
  try {
    const made = packageOf(parts.code, record.config);
    let bytes = 0;
    for await (const chunk of made.content()) bytes += chunk.byteLength;
    if (bytes === made.sizeBytes) return undefined;
    return `The stored code is ${bytes} bytes, its index says ${made.sizeBytes}`;
  } catch (error) {
    return errorText(error);
  }
}

function settled(record: VersionRecord, failure: string | undefined): VersionRecord {
  const {
    preparation: _p,
    serving,
    stateReason,
    stateReasonCode,
    lastUpdateReason: _r,
    lastUpdateReasonCode: _c,
    ...rest
  } = record;
  if (record.state === "Pending") {
    if (failure === undefined) return { ...rest, state: "Active", lastUpdateStatus: "Successful" };
    return { ...rest, state: "Failed", stateReason: failure, stateReasonCode: "InternalError" };
  }
  const reasons = {
    ...(stateReason === undefined ? {} : { stateReason }),
    ...(stateReasonCode === undefined ? {} : { stateReasonCode }),
  };
  if (failure === undefined) return { ...rest, ...reasons, lastUpdateStatus: "Successful" };
  return {
    ...rest,
    ...reasons,
    ...(serving === undefined ? {} : { serving }),
    lastUpdateStatus: "Failed",
    lastUpdateReason: failure,
    lastUpdateReasonCode: "InternalError",
  };
}
