import { createFileBlobStore, FcError, type RecordStore, silentLogger, systemClock } from "@fc/core";
import { type CaseResult, type CheckCasesOptions, recordStoreCases, runIfAble } from "@fc/core/conformance";
import * as cacheKit from "@fc/elasticache/conformance";
import * as lambdaKit from "@fc/lambda/conformance";
import {
  type BackendContext,
  type BackendFactories,
  importModule,
  loadBackendModule,
} from "../composition/load-backend-module.ts";
import { type ConformanceReport, conformanceReport, type ReportedCase, reportedCase } from "./conformance-report.ts";

export interface CheckModuleOptions {
  /** Module name, or path from the working directory. */
  readonly module: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For what the modules store; removed by whoever made it. */
  readonly folder: string;
  /** Part of the names of the cases to run. Default: all of them. */
  readonly only?: string | undefined;
  readonly onCase: (entry: ReportedCase) => void;
  readonly signal: AbortSignal;
}

/** Where functions are told that AWS is; nothing listens there. */
const awsEndpointUrl = "http://127.0.0.1:4566";

/**
 * Holds a module that exports `createLambdaBackend(context)` to the kit of `@fc/lambda/conformance`. It may export
 * `conformance`: what the kit should know of it, as in `ConformanceTarget` without `open`.
 * @throws FcError `FC_SERVER_BACKEND_MODULE_INVALID`, `FC_CLI_ARGUMENT_INVALID`
 */
export function checkLambdaModule(options: CheckModuleOptions): Promise<ConformanceReport> {
  const { conformanceCases: cases, checkBackend: check } = lambdaKit;
  return checkBackendModule(options, { name: "lambda", factory: "createLambdaBackend", cases, check });
}

/**
 * Holds a module that exports `createCacheBackend(context)` to the kit of `@fc/elasticache/conformance`. It may export
 * `conformance`, as above.
 * @throws FcError `FC_SERVER_BACKEND_MODULE_INVALID`, `FC_CLI_ARGUMENT_INVALID`
 */
export function checkCacheModule(options: CheckModuleOptions): Promise<ConformanceReport> {
  const { conformanceCases: cases, checkBackend: check } = cacheKit;
  return checkBackendModule(options, { name: "cache", factory: "createCacheBackend", cases, check });
}

interface Named {
  readonly group: string;
  readonly name: string;
}

/** The kit of a backend, as far as this command goes. */
interface BackendKit<K extends keyof BackendFactories, Case extends Named> {
  readonly name: "lambda" | "cache";
  readonly factory: K;
  readonly cases: readonly Case[];
  readonly check: (
    target: { readonly open: () => Promise<Awaited<ReturnType<BackendFactories[K]>>> },
    options: CheckCasesOptions<Case>,
  ) => Promise<unknown>;
}

async function checkBackendModule<K extends keyof BackendFactories, Case extends Named>(
  { module, environment, folder, only, onCase, signal }: CheckModuleOptions,
  kit: BackendKit<K, Case>,
): Promise<ConformanceReport> {
  const { conformance = {} } = (await importModule(module)) as { conformance?: object };
  const context: BackendContext = {
    environment,
    logger: silentLogger,
    clock: systemClock,
    blobs: createFileBlobStore(folder),
    awsEndpointUrl,
  };
  const open = (): Promise<Awaited<ReturnType<BackendFactories[K]>>> => loadBackendModule(module, kit.factory, context);
  // Once before the cases: a module that cannot be used at all is one error, not one for every case.
  await (await open())[Symbol.asyncDispose]();
  const cases: ReportedCase[] = [];
  const onResult = (result: CaseResult<Case>): void => {
    // What a stop cuts off has not failed.
    if (signal.aborted) return;
    const entry = reportedCase(nameOf(result.case), result);
    cases.push(entry);
    onCase(entry);
  };
  await kit.check({ ...conformance, open }, { cases: chosen(kit.cases, nameOf, only), signal, onResult });
  signal.throwIfAborted();
  return conformanceReport(kit.name, module, cases);
}

/**
 * Holds a module that exports `createRecordStore()` to the cases of `@fc/core/conformance`: each gets a store of its own, which must be empty.
 * @throws FcError `FC_SERVER_BACKEND_MODULE_INVALID`, `FC_CLI_ARGUMENT_INVALID`
 */
export async function checkStorageModule(options: CheckModuleOptions): Promise<ConformanceReport> {
  const { module, only, onCase, signal } = options;
  const { createRecordStore } = (await importModule(module)) as {
    createRecordStore?: () => Promise<RecordStore> | RecordStore;
  };
  if (typeof createRecordStore !== "function")
    throw new FcError(
      "FC_SERVER_BACKEND_MODULE_INVALID",
      `The module "${module}" does not export a function createRecordStore()`,
      {
        fault: "user",
      },
    );
  const cases: ReportedCase[] = [];
  for (const storeCase of chosen(recordStoreCases, ({ name }) => name, only)) {
    signal.throwIfAborted();
    const run = async (): Promise<void> => storeCase.run(await createRecordStore());
    const entry = reportedCase(storeCase.name, await runIfAble({}, { ...storeCase, needs: [] }, run));
    cases.push(entry);
    onCase(entry);
  }
  return conformanceReport("storage", module, cases);
}

function nameOf({ group, name }: Named): string {
  return `${group}: ${name}`;
}

function chosen<T>(cases: readonly T[], name: (entry: T) => string, only = ""): readonly T[] {
  const found = cases.filter((entry) => name(entry).includes(only));
  if (found.length === 0)
    throw new FcError("FC_CLI_ARGUMENT_INVALID", `--only "${only}" is in no name of a case`, { fault: "user" });
  return found;
}
