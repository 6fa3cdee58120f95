import { memcached16 } from "./memcached.ts";
import type { EngineParameter } from "./parameter.ts";
import { redis6, redis7, valkey7, valkey8 } from "./redis.ts";

/** A parameter group family: the values that an engine starts with, and what a user may change. */
export interface ParameterFamily {
  readonly name: string;
  /** By name. */
  readonly parameters: readonly EngineParameter[];
}

/** All families, by name. */
export const parameterFamilies: readonly ParameterFamily[] = [
  { name: "memcached1.6", parameters: memcached16 },
  { name: "redis6.x", parameters: redis6 },
  { name: "redis7", parameters: redis7 },
  { name: "valkey7", parameters: valkey7 },
  { name: "valkey8", parameters: valkey8 },
].map(({ name, parameters }) => ({ name, parameters: parameters.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }));

export function parameterFamily(name: string): ParameterFamily | undefined {
  return parameterFamilies.find((family) => family.name === name.toLowerCase());
}
