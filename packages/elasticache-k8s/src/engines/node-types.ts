import { FcError } from "@fc/core";

/** What a node type gives to its engine. */
export interface NodeSize {
  /** The engine's memory as AWS documents it for the node type ("maxmemory"), in bytes. */
  readonly memoryBytes: number;
  readonly vcpu: number;
}

const general: Readonly<Record<string, number>> = {
  large: 6_854_542_746,
  xlarge: 13_891_921_715,
  "2xlarge": 27_966_669_210,
  "4xlarge": 56_116_178_125,
  "8xlarge": 111_325_552_312,
  "12xlarge": 168_715_971_994,
  "16xlarge": 225_000_375_228,
  "24xlarge": 337_500_562_842,
};
const memoryOptimized: Readonly<Record<string, number>> = {
  large: 14_037_181_030,
  xlarge: 28_261_849_702,
  "2xlarge": 56_711_183_565,
  "4xlarge": 113_609_865_216,
  "8xlarge": 225_000_375_228,
  "12xlarge": 341_206_346_547,
  "16xlarge": 450_000_750_456,
  "24xlarge": 682_485_973_811,
};
const burstable: Readonly<Record<string, number>> = { micro: 536_870_912, small: 1_471_026_299, medium: 3_317_862_236 };

/** Source: Amazon ElastiCache User Guide, "Redis OSS node-type specific parameters" (t2, m4 and r4 have values of their own). */
const memoryByFamily: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  t2: { micro: 581_959_680, small: 1_665_138_688, medium: 3_461_349_376 },
  t3: burstable,
  t4g: burstable,
  m4: {
    large: 6_892_593_152,
    xlarge: 15_328_501_760,
    "2xlarge": 31_889_126_359,
    "4xlarge": 65_257_290_629,
    "10xlarge": 166_047_614_239,
  },
  m5: general,
  m6g: general,
  m7g: general,
  r4: {
    large: 13_201_781_556,
    xlarge: 26_898_228_839,
    "2xlarge": 54_197_537_997,
    "4xlarge": 108_858_546_586,
    "8xlarge": 218_255_432_090,
    "16xlarge": 437_021_573_120,
  },
  r5: memoryOptimized,
  r6g: memoryOptimized,
  r6gd: memoryOptimized,
  r7g: memoryOptimized,
};

const vcpuBySize: Readonly<Record<string, number>> = { micro: 2, small: 2, medium: 2, large: 2, xlarge: 4 };

/**
 * The size of a node type (`cache.t3.micro`). A family that is not in the table is taken as its class (`m`, `c`: general, `r`,
 * `x`: memory optimized, `t`: burstable), so that a new generation works on the day it appears.
 * @throws FcError `FC_CACHE_NODE_TYPE_UNKNOWN` when even the size is unknown.
 */
export function nodeSize(nodeType: string): NodeSize {
  const [, family = "", size = ""] = /^cache\.([a-z0-9]+)\.([a-z0-9]+)$/.exec(nodeType) ?? [];
  const memoryBytes = (memoryByFamily[family] ?? memoryByClass(family))[size];
  if (memoryBytes === undefined)
    throw new FcError(
      "FC_CACHE_NODE_TYPE_UNKNOWN",
      `The node type "${nodeType}" is not known; use one like cache.t3.micro or cache.r7g.large`,
      { fault: "user", details: { nodeType } },
    );
  return { memoryBytes, vcpu: vcpuBySize[size] ?? 4 * Number.parseInt(size, 10) };
}

function memoryByClass(family: string): Readonly<Record<string, number>> {
  if (family.startsWith("t")) return burstable;
  return family.startsWith("r") || family.startsWith("x") ? memoryOptimized : general;
}
