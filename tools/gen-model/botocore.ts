import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface BotocoreReference {
  readonly shape: string;
  readonly location?: string;
  readonly locationName?: string;
}

export interface BotocoreShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, BotocoreReference>>;
  readonly member?: BotocoreReference;
  readonly key?: BotocoreReference;
  readonly value?: BotocoreReference;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly timestampFormat?: string;
}

export interface BotocoreService {
  readonly operations: Readonly<
    Record<string, { readonly input?: BotocoreReference; readonly output?: BotocoreReference }>
  >;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

/** The folder of the botocore that python3 imports. */
export function installedBotocore(): string {
  const script = "import botocore, os; print(os.path.dirname(botocore.__file__))";
  return execFileSync("python3", ["-c", script], { encoding: "utf8" }).trim();
}

export function botocoreVersion(folder: string): string {
  const match = /__version__ = ['"]([^'"]+)['"]/.exec(readFileSync(join(folder, "__init__.py"), "utf8"));
  if (match?.[1] === undefined) throw new Error(`${folder}/__init__.py names no version: is this botocore's folder?`);
  return match[1];
}

export function readBotocore(folder: string, service: string, apiVersion: string): BotocoreService {
  const path = join(folder, "data", service, apiVersion, "service-2.json");
  const text = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
  return JSON.parse(text.toString("utf8")) as BotocoreService;
}
