import { expect, test } from "vitest";
import { K8sClient } from "../src/index.ts";
import { openFiles } from "./open-files.ts";

test("a thousand calls leave no more sockets and files open than the first few", async () => {
  const kubeconfig = process.env["KUBECONFIG"] ?? "";
  await using client = await K8sClient.connect({ kubeconfig, rateLimit: { perSecond: 1_000, burst: 1_000 } });
  const calls = (count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => client.getPod("nobody-is-named-so")));
  await calls(50);
  const before = await openFiles();
  await calls(500);
  for (let i = 0; i < 500; i += 1) await client.getPod("nobody-is-named-so");
  const after = await openFiles();
  expect(before.sockets).toBeGreaterThan(0);
  expect(after.sockets).toBeLessThanOrEqual(before.sockets);
  expect(after.files).toBeLessThanOrEqual(before.files);
});
