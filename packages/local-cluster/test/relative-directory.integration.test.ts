import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startCluster } from "./cluster-fixture.ts";
import { availableLevels } from "./node-fixture.ts";

test("a data directory by a relative path isolates Pods as well, and gives a kubeconfig that is found from anywhere", async () => {
  const directory = await mkdtemp(join(tmpdir(), "fc-cluster-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await using fixture = await startCluster({ dataDirectory: relative(process.cwd(), directory) });
  expect(isAbsolute(fixture.cluster.kubeconfigPath)).toBe(true);
  expect(fixture.cluster.isolation.level).toBe((await availableLevels())[0]);
});
