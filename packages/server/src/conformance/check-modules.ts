import { createFileBlobStore, FcError, type RecordStore, silentLogger, systemClock } from "@fc/core";
import { recordStoreCases, runIfAble } from "@fc/core/conformance";
import { type ConformanceTarget, checkBackend, conformanceCases } from "@fc/lambda/conformance";
import { type BackendContext, importModule, loadBackendModule } from "../composition/load-backend-module.ts";
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
export async function checkLambdaModule(options: CheckModuleOptions): Promise<ConformanceReport> {
  const { module, environment, folder, only, onCase, signal } = options;
  const { conformance = {} } = (await importModule(module)) as { conformance?: Omit<ConformanceTarget, "open"> };
  const context: BackendContext = {
    environment,
    logger: silentLogger,
    clock: systemClock,
    blobs: createFileBlobStore(folder),
    awsEndpointUrl,
  };
  // Once before the cases: a module that cannot be used at all is one error, not one for every case.
  await (await loadBackendModule(module, "createLambdaBackend", context))[Symbol.asyncDispose]();
  const cases: ReportedCase[] = [];
  await checkBackend(
    { ...conformance, open: () => loadBackendModule(module, "createLambdaBackend", context) },
    {
      cases: chosen(conformanceCases, nameOf, only),
      signal,
      onResult: (result) => {
        // What a stop cuts off has not failed.
        if (signal.aborted) return;
        const entry = reportedCase(nameOf(result.case), result);
        cases.push(entry);
        onCase(entry);
      },
    },
  );
  signal.throwIfAborted();
  return conformanceReport("lambda", module, cases);
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

function nameOf({ group, name }: { readonly group: string; readonly name: string }): string {
  return `${group}: ${name}`;
}

function chosen<T>(cases: readonly T[], name: (entry: T) => string, only = ""): readonly T[] {
  const found = cases.filter((entry) => name(entry).includes(only));
  if (found.length === 0)
    throw new FcError("FC_CLI_ARGUMENT_INVALID", `--only "${only}" is in no name of a case`, { fault: "user" });
  return found;
}
