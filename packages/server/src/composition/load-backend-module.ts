import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BlobStore, type Clock, errorText, FcError, type Logger } from "@fc/core";
import type { CacheBackend } from "@fc/elasticache/backend";
import type { LambdaBackend } from "@fc/lambda/backend";

/** What a backend module's factory is given. */
export interface BackendContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly blobs: BlobStore;
  /** The AWS endpoint, as processes on this machine reach it. */
  readonly awsEndpointUrl: string;
}

interface Factories {
  readonly createLambdaBackend: (context: BackendContext) => Promise<LambdaBackend> | LambdaBackend;
  readonly createCacheBackend: (context: BackendContext) => Promise<CacheBackend> | CacheBackend;
}

/**
 * Loads a backend by module name or path (relative to the working directory): the module exports `createLambdaBackend` or
 * `createCacheBackend`.
 * @throws FcError `FC_SERVER_BACKEND_MODULE_INVALID` when it cannot be loaded, lacks the export, or implements another version of the contract.
 */
export async function loadBackendModule<K extends keyof Factories>(
  specifier: string,
  factory: K,
  context: BackendContext,
): Promise<Awaited<ReturnType<Factories[K]>>> {
  const invalid = (why: string, cause?: unknown): FcError =>
    new FcError("FC_SERVER_BACKEND_MODULE_INVALID", `The backend module "${specifier}" ${why}`, {
      fault: "user",
      cause,
    });
  const url = /^\.{0,2}\//.test(specifier) ? pathToFileURL(resolve(specifier)).href : specifier;
  let module: Partial<Factories>;
  try {
    module = (await import(url)) as Partial<Factories>;
  } catch (error) {
    throw invalid(`cannot be loaded: ${errorText(error)}`, error);
  }
  const create = module[factory];
  if (typeof create !== "function") throw invalid(`does not export a function ${factory}(context)`);
  const backend = (await create(context)) as Awaited<ReturnType<Factories[K]>>;
  if (backend.specificationVersion !== "v1") {
    throw invalid(`implements version ${String(backend.specificationVersion)} of the contract; this server needs v1`);
  }
  return backend;
}
