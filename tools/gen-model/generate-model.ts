import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { botocoreVersion, readBotocore } from "./botocore.ts";
import { mergeModel } from "./merge.ts";
import { enumsOfClient, readDeclarations } from "./sdk-declarations.ts";
import { wireOfClient } from "./sdk-schemas.ts";
import type { GeneratedService } from "./services.ts";

/** Reads the installed SDK client and botocore and merges them. */
export async function generateModel(
  service: GeneratedService,
  botocoreFolder: string,
): Promise<ReturnType<typeof mergeModel>> {
  const manifest = createRequire(import.meta.url).resolve(`${service.client}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const client = (await import(service.client)) as Record<string, unknown>;
  return mergeModel({
    service: service.traits,
    sources: { [service.client]: version, botocore: botocoreVersion(botocoreFolder) },
    wire: wireOfClient(client),
    declarations: readDeclarations(dirname(manifest)),
    enums: enumsOfClient(client),
    botocore: readBotocore(botocoreFolder, service.traits.name, service.traits.apiVersion),
    quirks: service.quirks,
  });
}
