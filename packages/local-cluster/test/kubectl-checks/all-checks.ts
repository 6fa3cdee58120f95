import { changing } from "./changing.ts";
import { ending } from "./ending.ts";
import { reading } from "./reading.ts";
import { streaming } from "./streaming.ts";
import type { Check } from "./world.ts";

/** The 42 checks, each with its number. */
export const allChecks: readonly (Check & { readonly number: number })[] = [
  ...reading,
  ...changing,
  ...streaming,
  ...ending,
].map((check, index) => ({ ...check, number: index + 1 }));
