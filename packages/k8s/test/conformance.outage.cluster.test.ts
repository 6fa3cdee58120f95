import { FcCluster } from "@fc-repo/development-cluster";
import { afterAll, test } from "vitest";
import { conformanceCases } from "../src/conformance/index.ts";
import { conformanceTarget, conformanceTest } from "./conformance-target.ts";

// What comes after these tests finds a cluster that works.
afterAll(() => FcCluster.of(process.env["KUBECONFIG"] ?? "", process.env)?.settled());

const target = await conformanceTarget();
for (const entry of conformanceCases) if (entry.disturbs) conformanceTest(test, target, entry);
