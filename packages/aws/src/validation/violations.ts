import { isStructure, shapeOf } from "../model/load-model.ts";
import type { MemberModel, ServiceModel, Shape, SimpleShape, StructureShape } from "../model/model.ts";

export type Constraint =
  | { readonly kind: "required" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "pattern"; readonly pattern: string }
  | {
      readonly kind: "minLength" | "maxLength" | "minValue" | "maxValue";
      readonly limit: number;
      readonly decimal: boolean;
    }
  /** Items, keys or values break one of these; AWS names all that hold for them. */
  | { readonly kind: "items" | "keys" | "values"; readonly constraints: readonly Constraint[] };

export interface Violation {
  /** Member names from the input down, list positions counted from 1. */
  readonly path: readonly string[];
  readonly value: unknown;
  readonly shape: Shape;
  readonly sensitive: boolean;
  readonly constraint: Constraint;
}

/**
 * Every constraint of the model that an input breaks, in the order of the model's members. With `blankIsMissing` a
 * required string of spaces counts as absent.
 */
export function findViolations(
  model: ServiceModel,
  shape: StructureShape,
  input: Readonly<Record<string, unknown>>,
  blankIsMissing: boolean,
): Violation[] {
  const violations: Violation[] = [];
  checkStructure({ model, violations, blankIsMissing }, shape, input, []);
  return violations;
}

interface Check {
  readonly blankIsMissing: boolean;
  readonly model: ServiceModel;
  readonly violations: Violation[];
}

function checkStructure(
  check: Check,
  shape: StructureShape,
  value: Readonly<Record<string, unknown>>,
  path: readonly string[],
): void {
  for (const name of Object.keys(shape.members)) {
    const member = shape.members[name];
    if (member === undefined) continue;
    const given = value[name];
    const blank = check.blankIsMissing && member.required && typeof given === "string" && given.trim() === "";
    const item = blank ? undefined : given;
    const memberPath = [...path, name];
    if (item !== undefined) {
      if (member.unchecked !== true) checkValue(check, member, item, memberPath);
    } else if (member.required && member.idempotencyToken !== true) {
      const target = shapeOf(check.model, member.shape);
      check.violations.push({
        path: memberPath,
        value: undefined,
        shape: target,
        sensitive: false,
        constraint: { kind: "required" },
      });
    }
  }
}

function checkValue(check: Check, member: MemberModel, value: unknown, path: readonly string[]): void {
  const shape = shapeOf(check.model, member.shape);
  const sensitive = member.sensitive === true;
  const report = (constraint: Constraint): void => {
    check.violations.push({ path, value, shape, sensitive, constraint });
  };
  for (const constraint of constraintsOf(shape)) if (isBroken(constraint, value)) report(constraint);
  if (isStructure(shape)) {
    checkStructure(check, shape, value as Readonly<Record<string, unknown>>, path);
  } else if (shape.type === "list") {
    checkItems(check, member, shape.member, shape.nullableItems !== true, value as readonly unknown[], path, report);
  } else if (shape.type === "map") {
    const keys = constraintsOf(shapeOf(check.model, shape.key));
    const values = constraintsOf(shapeOf(check.model, shape.value));
    const map = value as Readonly<Record<string, unknown>>;
    const broken = (constraints: readonly Constraint[], of: readonly unknown[]): boolean =>
      of.some((item) => constraints.some((constraint) => isBroken(constraint, item)));
    if (broken(keys, Object.keys(map))) report({ kind: "keys", constraints: [...keys, { kind: "required" }] });
    if (broken(values, Object.values(map))) report({ kind: "values", constraints: [...values, { kind: "required" }] });
  }
}

function checkItems(
  check: Check,
  member: MemberModel,
  itemShape: string,
  mustBePresent: boolean,
  items: readonly unknown[],
  path: readonly string[],
  report: (constraint: Constraint) => void,
): void {
  const shape = shapeOf(check.model, itemShape);
  if (isStructure(shape) || shape.type === "list") {
    const itemMember: MemberModel = { shape: itemShape, ...(member.sensitive ? { sensitive: true } : {}) };
    for (const [index, item] of items.entries())
      checkValue(check, itemMember, item, [...path, String(index + 1), "member"]);
    return;
  }
  const constraints = constraintsOf(shape);
  if (items.some((item) => constraints.some((constraint) => isBroken(constraint, item)))) {
    report({ kind: "items", constraints: mustBePresent ? [...constraints, { kind: "required" }] : constraints });
  }
}

/** The constraints of a shape itself, in the order in which AWS lists them for items. */
function constraintsOf(shape: Shape): Constraint[] {
  if (isStructure(shape)) return [];
  const constraints: Constraint[] = [];
  const sized = shape.type === "list" || shape.type === "map" || shape.type === "string" || shape.type === "blob";
  const decimal = shape.type === "double" || shape.type === "float";
  const add = (kind: "min" | "max", limit: number | undefined): void => {
    // A length is never negative: AWS's message would name the limit, and no value can break it.
    if (limit !== undefined) constraints.push({ kind: `${kind}${sized ? "Length" : "Value"}`, limit, decimal });
  };
  add("max", shape.max);
  add("min", shape.min);
  const { pattern, enum: values } = shape as SimpleShape;
  if (pattern !== undefined) constraints.push({ kind: "pattern", pattern });
  if (values !== undefined) constraints.push({ kind: "enum", values });
  return constraints;
}

function isBroken(constraint: Constraint, value: unknown): boolean {
  switch (constraint.kind) {
    case "enum":
      return !constraint.values.includes(value as string);
    case "pattern":
      return !new RegExp(`^(?:${constraint.pattern})$`, "u").test(value as string);
    case "minLength":
      return lengthOf(value) < constraint.limit;
    case "maxLength":
      return lengthOf(value) > constraint.limit;
    case "minValue":
      return (value as number) < constraint.limit;
    case "maxValue":
      return (value as number) > constraint.limit;
    default:
      return false;
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return value instanceof Uint8Array ? value.byteLength : Object.keys(value as object).length;
}
