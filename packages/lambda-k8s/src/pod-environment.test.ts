import { silentLogger } from "@fc/core";
import type { K8sClient } from "@fc/k8s";
import type { RuntimeSession } from "@fc/lambda/runtime-api";
import { expect, test } from "vitest";
import { PodEnvironment } from "./pod-environment.ts";

test("the log is that of the function's container, whatever the cluster has put beside it, and bounded", async () => {
  const asked: unknown[] = [];
  const podLogs = async (...args: unknown[]): Promise<string> => {
    asked.push(args);
    return "of the function\n";
  };
  const environment = new PodEnvironment({
    client: { namespace: "n", podLogs } as unknown as K8sClient,
    logger: silentLogger,
    session: { id: "e1" } as RuntimeSession,
    pod: { metadata: { name: "p" }, spec: { containers: [{ name: "function" }] } },
  });
  expect(await environment.logs()).toBe("of the function\n");
  expect(asked).toEqual([["p", "function", { limitBytes: expect.any(Number) }]]);
});
