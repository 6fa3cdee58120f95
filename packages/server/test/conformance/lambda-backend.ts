import type { LambdaBackend } from "@fc/lambda/backend";
import { memoryBackend } from "@fc/lambda/testing";

/** Functions in memory: the kit's probe is not among them, but what is there keeps its promises. */
export function createLambdaBackend(): LambdaBackend {
  return memoryBackend({ handlers: { probe: (event) => event } });
}

/** What the kit should know. */
export const conformance = { absent: { ownFiles: "functions in memory share this process" } };
