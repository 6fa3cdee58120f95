import { invalidValue } from "../errors.ts";

/**
 * Checks and lower-cases an identifier by AWS's grammar: a letter first, letters, digits and single hyphens, none at the end.
 * `parameter` is the name that AWS's message uses, which is not always the request member's.
 * @throws AwsError `InvalidParameterValue`.
 */
export function identifier(value: string | undefined, parameter: string, maxLength: number): string {
  const given = required(value, parameter);
  if (!/^[A-Za-z](?:-?[A-Za-z0-9])*$/.test(given)) {
    throw invalidValue(
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII ` +
        "letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.",
    );
  }
  if (given.length > maxLength)
    throw invalidValue(
      `The parameter ${parameter} must be no longer than ${maxLength} characters, and is ${given.length} characters long.`,
    );
  return given.toLowerCase();
}

/** @throws AwsError `InvalidParameterValue` when the text is absent or blank. */
export function required(value: string | undefined, parameter: string): string {
  if (value === undefined || value.trim() === "")
    throw invalidValue(`The parameter ${parameter} must be provided and must not be blank.`);
  return value;
}

/** What AWS wants to be said although its model calls it optional. @throws AwsError `InvalidParameterValue` when it is absent. */
export function given(value: string | undefined, parameter: string): string {
  if (value === undefined) throw invalidValue(`The parameter ${parameter} must be provided and must not be null.`);
  return value;
}

/** An identifier to look up: lower-cased; an empty one counts as absent, as command lines send it. */
export function lookup(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value.toLowerCase();
}

/** A text where empty means absent. */
export function filled(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

export const identifierLengths: {
  readonly cluster: number;
  readonly group: number;
  readonly name: number;
  /** Of users and user groups. */
  readonly user: number;
} = { cluster: 50, group: 40, name: 255, user: 40 };
