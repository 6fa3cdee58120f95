import { K8sClient } from "@fc/k8s";
import { FaultProxy, faults } from "@fc/k8s/testing";
import type { LambdaBackend } from "@fc/lambda/backend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { embeddedBed } from "./embedded-bed.ts";
import { functionSpec, nodeCode } from "./function-samples.ts";

let bed: Awaited<ReturnType<typeof embeddedBed>>;
let proxy: FaultProxy;
let client: K8sClient;
let backend: LambdaBackend;

beforeAll(async () => {
  bed = await embeddedBed();
  proxy = await FaultProxy.start({ kubeconfig: bed.kubeconfigPath });
  client = await K8sClient.connect({ kubeconfig: proxy.kubeconfigPath });
  backend = createLambdaK8sBackend({ ...bed.options, client, settings: { poolSize: 0 } });
});
afterAll(async () => {
  for (const opened of [backend, client, proxy, bed]) await opened?.[Symbol.asyncDispose]();
});

test("a launch removes nothing, and a Pod whose removal was refused goes as soon as it may", async () => {
  const request = { spec: functionSpec(), code: nodeCode, initTimeoutMs: 10_000 };
  const environment = await backend.launch(request, { signal: new AbortController().signal });
  const removals = (): number =>
    proxy.requests.filter(({ verb, resource }) => verb === "delete" && resource === "pods").length;
  expect(removals()).toBe(0);
  const refusal = faults.status(403, { message: "a webhook says no" });
  proxy.inject(refusal, { verb: "delete", resource: "pods", times: 2 });
  await expect(environment.terminate()).rejects.toThrow("a webhook says no");
  const left = async (): Promise<number> =>
    (await bed.client.listPods("fakecloud-service=lambda")).length +
    (await bed.client.listSecrets("fakecloud-service=lambda")).length;
  await expect.poll(left, { timeout: 30_000 }).toBe(0);
  expect(removals()).toBe(3);
});

test("health is that of the way to the cluster", async () => {
  expect(await backend.health()).toMatchObject({ ready: true });
  const outage = await proxy.outage();
  const during = await backend.health();
  await outage.lift();
  expect(during).toMatchObject({ ready: false, detail: expect.stringContaining(client.namespace) });
});
