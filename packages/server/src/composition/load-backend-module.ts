import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { type BlobStore, type Clock, errorText, FcError, type Logger } from "@fc/core";
import type { CacheBackend } from "@fc/elasticache/backend";
import type { LambdaBackend } from "@fc/lambda/backend";

/** What a backend module's factory is given. */
export interface BackendContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly blobs: BlobStore;
  /** The AWS endpoint, as processes on this machine reach it. Nothing answers there when the server was made not to listen. */
  readonly awsEndpointUrl: string;
}

/** What backend modules export. */
export interface BackendFactories {
  readonly createLambdaBackend: (context: BackendContext) => Promise<LambdaBackend> | LambdaBackend;
  readonly createCacheBackend: (context: BackendContext) => Promise<CacheBackend> | CacheBackend;
}

/** What a backend must have. */
const members: {
  readonly [K in keyof BackendFactories]: readonly (keyof Awaited<ReturnType<BackendFactories[K]>>)[];
} = {
  createLambdaBackend: ["launch", "reapStale", "health", Symbol.asyncDispose],
  createCacheBackend: [
    "start",
    "startGroup",
    "failover",
    "deleteGroup",
    "reboot",
    "applyParameters",
    "applyAccess",
    "snapshot",
    "delete",
    "onEvent",
    "reapStale",
    "health",
    Symbol.asyncDispose,
  ],
};

/**
 * Loads a backend by module name or path (relative to the working directory): the module exports `createLambdaBackend` or
 * `createCacheBackend`.
 * @throws FcError `FC_SERVER_BACKEND_MODULE_INVALID` when it cannot be loaded, lacks the export or a part of the contract, or implements another version
 * of that; what the module itself throws is the cause, unless it is an FcError
 */
export async function loadBackendModule<K extends keyof BackendFactories>(
  specifier: string,
  factory: K,
  context: BackendContext,
): Promise<Awaited<ReturnType<BackendFactories[K]>>> {
  const module = (await importModule(specifier)) as Partial<BackendFactories>;
  const create = module[factory];
  if (typeof create !== "function") throw invalid(specifier, `does not export a function ${factory}(context)`);
  const backend = await made(specifier, factory, () => create(context));
  if (backend.specificationVersion !== "v1") {
    throw invalid(
      specifier,
      `implements version ${String(backend.specificationVersion)} of the contract; this server needs v1`,
    );
  }
  const missing = members[factory].filter((member) => typeof backend[member] !== "function").map(String);
  if (missing.length > 0) throw invalid(specifier, `gives a backend without ${missing.join(", ")}`);
  return backend;
}

async function made<K extends keyof BackendFactories>(
  specifier: string,
  factory: K,
  create: () => unknown,
): Promise<Awaited<ReturnType<BackendFactories[K]>>> {
  let backend: unknown;
  try {
    backend = await create();
  } catch (error) {
    throw FcError.isInstance(error) ? error : invalid(specifier, `failed in ${factory}: ${errorText(error)}`, error);
  }
  if (typeof backend !== "object" || backend === null) throw invalid(specifier, `gives no backend from ${factory}`);
  return backend as Awaited<ReturnType<BackendFactories[K]>>;
}

/**
 * Imports a module of the user's by path, relative to the working directory, or by name: as the working directory has it installed, else as this
 * package has.
 * @throws FcError `FC_SERVER_BACKEND_MODULE_INVALID` with the reason why it cannot be loaded
 */
export async function importModule(specifier: string): Promise<object> {
  try {
    return (await importFromHere(specifier)) as object;
  } catch (error) {
    throw invalid(specifier, `cannot be loaded: ${errorText(error)}`, error);
  }
}

function importFromHere(specifier: string): Promise<unknown> {
  if (/^\.{0,2}\//.test(specifier)) return import(pathToFileURL(resolve(specifier)).href);
  const importer = join(process.cwd(), "package.json");
  let path: string;
  try {
    path = createRequire(importer).resolve(specifier);
  } catch (error) {
    return codeOf(error) === "MODULE_NOT_FOUND" ? importOwn(specifier) : importAs(importer, specifier);
  }
  return import(pathToFileURL(path).href);
}

/** As a file at this path would import it: what `require` is not offered (`exports` with `import` alone) has no other way. */
function importAs(filename: string, specifier: string): Promise<unknown> {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new Script("(specifier) => import(specifier)", { filename, importModuleDynamically });
  return (script.runInThisContext() as (specifier: string) => Promise<unknown>)(specifier);
}

async function importOwn(specifier: string): Promise<unknown> {
  try {
    return await import(specifier);
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND" || !errorText(error).includes(`'${specifier}'`)) throw error;
    throw new Error(`it is installed neither in ${process.cwd()} nor beside fc-server; a path begins with ./ or /`);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}

function invalid(specifier: string, why: string, cause?: unknown): FcError {
  return new FcError("FC_SERVER_BACKEND_MODULE_INVALID", `The backend module "${specifier}" ${why}`, {
    fault: "user",
    cause,
  });
}
