import { AwsError } from "../errors/aws-error.ts";
import type { Constraint, Violation } from "./violations.ts";

/** A ValidationException in the words of AWS's REST services, as recorded from AWS Lambda. */
export function restJsonValidationError(violations: readonly Violation[]): AwsError {
  const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
  // AWS names a broken pattern before a broken length of the same member.
  const ordered = violations.map((violation, index) => ({ violation, index }));
  ordered.sort((a, b) => {
    const same = a.violation.path.join(".") === b.violation.path.join(".");
    return same ? rank(a.violation) - rank(b.violation) || a.index - b.index : a.index - b.index;
  });
  const texts = ordered.map(({ violation }) => violationText(violation));
  return new AwsError("ValidationException", `${count} detected: ${texts.join("; ")}`);
}

const rank = ({ constraint }: Violation): number => (constraint.kind === "pattern" ? 0 : 1);

function violationText({ path, value, sensitive, constraint, shape }: Violation): string {
  const place = path.map((name) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`).join(".");
  const shown = sensitive
    ? "Value"
    : value === undefined
      ? "Value null"
      : `Value '${valueText(value, isDecimal(shape))}'`;
  return `${shown} at '${place}' failed to satisfy constraint: ${constraintText(constraint)}`;
}

const isDecimal = (shape: Violation["shape"]): boolean => shape.type === "double" || shape.type === "float";

function constraintText(constraint: Constraint): string {
  switch (constraint.kind) {
    case "required":
      return "Member must not be null";
    case "enum":
      return `Member must satisfy enum value set: [${constraint.values.join(", ")}]`;
    case "pattern":
      return `Member must satisfy regular expression pattern: ${constraint.pattern}`;
    case "minLength":
      return `Member must have length greater than or equal to ${constraint.limit}`;
    case "maxLength":
      return `Member must have length less than or equal to ${constraint.limit}`;
    case "minValue":
      return `Member must have value greater than or equal to ${numberText(constraint.limit, constraint.decimal)}`;
    case "maxValue":
      return `Member must have value less than or equal to ${numberText(constraint.limit, constraint.decimal)}`;
    default: {
      const subject = { items: "Member", keys: "Map keys", values: "Map value" }[constraint.kind];
      return `${subject} must satisfy constraint: [${constraint.constraints.map(constraintText).join(", ")}]`;
    }
  }
}

/** As Java prints it: AWS's services are written in it. */
function valueText(value: unknown, decimal: boolean): string {
  if (typeof value === "number") return numberText(value, decimal);
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, decimal)).join(", ")}]`;
  if (value instanceof Uint8Array)
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.byteLength} cap=${value.byteLength}]`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}=${valueText(item, typeof item === "number")}`);
  return `{${entries.join(", ")}}`;
}

const numberText = (value: number, decimal: boolean): string =>
  decimal && Number.isInteger(value) ? `${value}.0` : String(value);
