import { test } from "vitest";
import { conformanceCases } from "../src/conformance/index.ts";
import { conformanceTarget, conformanceTest } from "./conformance-target.ts";

const target = await conformanceTarget();
for (const entry of conformanceCases) if (entry.needs.includes("secondNode")) conformanceTest(test, target, entry);
