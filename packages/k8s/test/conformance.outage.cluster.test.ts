import { FcCluster } from "@fc-repo/development-cluster";
import { afterAll, test } from "vitest";
import { conformanceCases } from "../src/conformance/index.ts";
import { conformanceTarget, conformanceTest } from "./conformance-target.ts";

// What comes after these tests finds a cluster that works.
afterAll(() => FcCluster.of(process.env["KUBECONFIG"] ?? "", process.env)?.settled());

const target = await conformanceTarget();
// Those of a second node too: here there may be one.
for (const entry of conformanceCases)
  if (entry.disturbs || entry.needs.includes("secondNode")) conformanceTest(test, target, entry);
