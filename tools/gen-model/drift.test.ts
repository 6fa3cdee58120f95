import { readFileSync } from "node:fs";
import type { ServiceModel } from "@fc/aws";
import { describe, expect, test } from "vitest";
import { renderModel } from "./render-model.ts";
import { renderTypes } from "./render-types.ts";
import { wireOfClient } from "./sdk-schemas.ts";
import { type GeneratedService, generatedServices } from "./services.ts";
import { wireOfModel } from "./wire.ts";

const read = (service: GeneratedService, file: string): string =>
  readFileSync(new URL(`../../packages/${service.package}/${file}`, import.meta.url), "utf8");

describe.each(generatedServices)("the committed model of $package", (service) => {
  const text = read(service, "model.json");
  const model = JSON.parse(text) as ServiceModel;

  test("says on the wire what the installed SDK's own schemas say", async () => {
    const client = (await import(service.client)) as Record<string, unknown>;
    expect(wireOfModel(model)).toEqual(wireOfClient(client));
  });

  test("is written as the generator writes it, and its types belong to it", () => {
    expect(text).toBe(renderModel(model));
    expect(read(service, "src/model.generated.ts")).toBe(renderTypes(model));
  });

  test("holds patterns that JavaScript can compile", () => {
    for (const shape of Object.values(model.shapes)) {
      if (shape.type === "string" && shape.pattern !== undefined) {
        expect(() => new RegExp(`^(?:${shape.pattern})$`, "u")).not.toThrow();
      }
    }
  });
});
