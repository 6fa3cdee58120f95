import { type Deferred, deferred, type Logger, silentLogger } from "@fc/core";
import type { K8sClient, PodReach } from "@fc/k8s";
import { expect, test } from "vitest";
import { PodReachWatch } from "./pod-reach-watch.ts";

/** A watch whose looks end as the test says, one after the other. */
function rig(host: string): { watch: PodReachWatch; looks: Deferred<PodReach>[]; said: string[] } {
  const looks: Deferred<PodReach>[] = [];
  const said: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_fields: object, text: string) => said.push(text) } as Logger;
  const watch = new PodReachWatch({
    client: {} as K8sClient,
    probe: { urls: ["http://10.0.0.1:4566/_fakecloud/health"] },
    listens: { host, port: 4566 },
    logger,
    check: () => {
      const look = deferred<PodReach>();
      looks.push(look);
      return look.promise;
    },
  });
  return { watch, looks, said };
}

test("says once, with what to set, that Pods do not reach the server, and refuses launches until they do", async () => {
  const { watch, looks, said } = rig("127.0.0.1");
  // Nothing is known yet: who launches does not wait for it.
  await watch.beforeLaunch();
  looks[0]?.resolve({ state: "unreachable", detail: "wget: connection refused" });
  await expect.poll(() => said).toHaveLength(1);
  for (const part of [
    "http://10.0.0.1:4566",
    "connection refused",
    "FAKECLOUD_K8S_SELF_URL",
    "FAKECLOUD_ADDR=0.0.0.0:4566",
  ])
    expect(said[0]).toContain(part);

  const launches = [watch.beforeLaunch(), watch.beforeLaunch()];
  expect(looks).toHaveLength(2);
  looks[1]?.resolve({ state: "unreachable", detail: "wget: connection refused" });
  for (const launch of launches)
    await expect(launch).rejects.toMatchObject({
      code: "FC_LAMBDA_LAUNCH_FAILED",
      details: { reason: "ServerUnreachable" },
      message: said[0],
    });
  expect(said).toHaveLength(1);

  const mended = watch.beforeLaunch();
  looks[2]?.resolve({ state: "reached" });
  await mended;
  expect(watch.problem).toBeUndefined();
  await watch.beforeLaunch();
  expect(looks).toHaveLength(3);
});

test("a Pod that could not even run says nothing about the way", async () => {
  const { watch, looks, said } = rig("0.0.0.0");
  looks[0]?.resolve({ state: "unknown", detail: "ErrImagePull" });
  await watch[Symbol.asyncDispose]();
  await watch.beforeLaunch();
  expect([watch.problem, said]).toEqual([undefined, []]);
});
