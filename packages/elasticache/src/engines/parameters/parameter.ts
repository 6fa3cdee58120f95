/** A row of an engine's parameter table, with AWS's names. */
export interface EngineParameter {
  readonly name: string;
  /** The family's default; empty when the engine computes it. */
  readonly value: string;
  readonly dataType: "integer" | "string" | "double";
  /** AWS's form: `0-100`, `yes,no`, or a mix of both. Undefined: any text. */
  readonly allowed?: string;
  readonly modifiable: boolean;
  readonly changeType: "immediate" | "requires-reboot";
  readonly minimumEngineVersion: string;
  readonly description: string;
}

/** `[name, default, allowed values, description, …flags]`: the tables are written in this form to stay readable. */
export type Row = readonly [
  name: string,
  value: string,
  allowed: string,
  description: string,
  ...flags: readonly ("reboot" | "fixed")[],
];

/** The parameters that rows describe. The data type follows from the allowed values: ranges alone mean an integer. */
export function parameters(minimumEngineVersion: string, rows: readonly Row[]): EngineParameter[] {
  return rows.map(([name, value, allowed, description, ...flags]) => ({
    name,
    value,
    dataType:
      allowed !== "" && allowed.split(",").every((item) => /^-?\d+(--?\d+)?$/.test(item)) ? "integer" : "string",
    ...(allowed === "" ? {} : { allowed }),
    modifiable: !flags.includes("fixed"),
    changeType: flags.includes("reboot") ? "requires-reboot" : "immediate",
    minimumEngineVersion,
    description,
  }));
}

/** Whether AWS would take this value for the parameter. */
export function accepts(parameter: EngineParameter, value: string): boolean {
  if (parameter.dataType === "integer" && !/^-?\d+$/.test(value)) return false;
  if (parameter.allowed === undefined) return true;
  return parameter.allowed.split(",").some((item) => {
    const range = /^(-?\d+)-(-?\d+)$/.exec(item);
    if (range === null) return item === value;
    return /^-?\d+$/.test(value) && Number(value) >= Number(range[1]) && Number(value) <= Number(range[2]);
  });
}
