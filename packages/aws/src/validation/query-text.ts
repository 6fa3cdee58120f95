import { AwsError } from "../errors/aws-error.ts";
import type { Constraint, Violation } from "./violations.ts";

/** The first violation as AWS's query services answer it: InvalidParameterValue. */
export function queryValidationError(violation: Violation): AwsError {
  const parameter = violation.path.join(".");
  if (violation.constraint.kind === "required") {
    const what = violation.shape.type === "string" ? "blank" : "null";
    return invalid(`The parameter ${parameter} must be provided and must not be ${what}.`);
  }
  const shown = violation.sensitive ? "The value" : `The value '${textOf(violation.value)}'`;
  return invalid(`${shown} of the parameter ${parameter} is not valid: ${reasonOf(violation.constraint)}.`);
}

const invalid = (message: string): AwsError => new AwsError("InvalidParameterValueException", message);

const textOf = (value: unknown): string => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));

function reasonOf(constraint: Constraint): string {
  switch (constraint.kind) {
    case "enum":
      return `it must be one of ${constraint.values.join(", ")}`;
    case "pattern":
      return `it must match ${constraint.pattern}`;
    case "minLength":
      return `its length must be at least ${constraint.limit}`;
    case "maxLength":
      return `its length must be at most ${constraint.limit}`;
    case "minValue":
      return `it must be at least ${constraint.limit}`;
    case "maxValue":
      return `it must be at most ${constraint.limit}`;
    case "required":
      return "it must not be null";
    default:
      return `for each item, ${constraint.constraints.map(reasonOf).join(", ")}`;
  }
}
