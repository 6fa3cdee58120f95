import { invalidValue } from "../errors.ts";

/** `maxmemory` of AWS's node types, in bytes: ListAllowedNodeTypeModifications orders by it. */
const maxMemory: Readonly<Record<string, number>> = {
  "cache.t2.micro": 581_959_680,
  "cache.t2.small": 1_665_138_688,
  "cache.t2.medium": 3_461_349_376,
  "cache.t3.micro": 536_870_912,
  "cache.t3.small": 1_471_026_299,
  "cache.t3.medium": 3_317_862_236,
  "cache.t4g.micro": 536_870_912,
  "cache.t4g.small": 1_471_026_299,
  "cache.t4g.medium": 3_317_862_236,
  "cache.m4.large": 6_892_593_152,
  "cache.m4.xlarge": 15_328_501_760,
  "cache.m5.large": 6_854_542_746,
  "cache.m5.xlarge": 13_891_921_715,
  "cache.m5.2xlarge": 27_966_669_210,
  "cache.m5.4xlarge": 56_116_178_125,
  "cache.m6g.large": 6_854_542_746,
  "cache.m6g.xlarge": 13_891_921_715,
  "cache.m6g.2xlarge": 27_966_669_210,
  "cache.m6g.4xlarge": 56_116_178_125,
  "cache.m7g.large": 6_854_542_746,
  "cache.m7g.xlarge": 13_891_921_715,
  "cache.m7g.2xlarge": 27_966_669_210,
  "cache.m7g.4xlarge": 56_116_178_125,
  "cache.r4.large": 13_201_781_556,
  "cache.r4.xlarge": 26_898_228_839,
  "cache.r5.large": 14_037_181_030,
  "cache.r5.xlarge": 28_261_849_702,
  "cache.r5.2xlarge": 56_711_183_565,
  "cache.r5.4xlarge": 113_609_865_216,
  "cache.r6g.large": 14_037_181_030,
  "cache.r6g.xlarge": 28_261_849_702,
  "cache.r6g.2xlarge": 56_711_183_565,
  "cache.r6g.4xlarge": 113_609_865_216,
  "cache.r7g.large": 14_037_181_030,
  "cache.r7g.xlarge": 28_261_849_702,
  "cache.r7g.2xlarge": 56_711_183_565,
  "cache.r7g.4xlarge": 113_609_865_216,
};

/** All node types, smallest first. */
export const nodeTypes: readonly { readonly name: string; readonly maxMemoryBytes: number }[] = Object.entries(
  maxMemory,
)
  .map(([name, maxMemoryBytes]) => ({ name, maxMemoryBytes }))
  .sort((a, b) => a.maxMemoryBytes - b.maxMemoryBytes || (a.name < b.name ? -1 : 1));

/** The node type, lower-case. @throws AwsError `InvalidParameterValue` when AWS has no such type. */
export function nodeType(name: string): string {
  const lower = name.toLowerCase();
  if (maxMemory[lower] === undefined)
    throw invalidValue(`The node type ${name} is not supported. Use one of ${Object.keys(maxMemory).join(", ")}.`);
  return lower;
}

/** The types that are larger and smaller than `current`. */
export function allowedModifications(current: string): { readonly up: string[]; readonly down: string[] } {
  const size = maxMemory[current] ?? 0;
  const named = (test: (bytes: number) => boolean): string[] =>
    nodeTypes.filter((type) => type.name !== current && test(type.maxMemoryBytes)).map((type) => type.name);
  return { up: named((bytes) => bytes >= size), down: named((bytes) => bytes < size) };
}
