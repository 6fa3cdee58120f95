import { readFileSync } from "node:fs";
import { errorText, FcError } from "@fc/core";
import type { ServiceModel, Shape, StructureShape } from "./model.ts";

/** A model file that cannot be used, or a model that contradicts itself. Codes `FC_AWS_MODEL_*`. */
export class ModelError extends FcError {}

/**
 * Reads a package's `model.json`, once per service: `loadModel(new URL("../model.json", import.meta.url))`.
 *
 * @throws ModelError `FC_AWS_MODEL_UNREADABLE` when the file is missing or is not JSON.
 */
export function loadModel(url: URL): ServiceModel {
  try {
    return JSON.parse(readFileSync(url, "utf8")) as ServiceModel;
  } catch (cause) {
    const message = `cannot read the service model ${url.href} (${errorText(cause)}): is the package complete?`;
    throw new ModelError("FC_AWS_MODEL_UNREADABLE", message, { cause });
  }
}

export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) {
    const message = `the model of ${model.service.title} names the shape ${name} and does not hold it: regenerate it`;
    throw new ModelError("FC_AWS_MODEL_SHAPE_MISSING", message);
  }
  return shape;
}

export function structureOf(model: ServiceModel, name: string): StructureShape {
  const shape = shapeOf(model, name);
  if (isStructure(shape)) return shape;
  const message = `the shape ${name} of ${model.service.title} is a ${shape.type} where a structure is needed`;
  throw new ModelError("FC_AWS_MODEL_SHAPE_KIND", message);
}

/** Structures and unions alike: both have members. */
export function isStructure(shape: Shape): shape is StructureShape {
  return shape.type === "structure" || shape.type === "union";
}
