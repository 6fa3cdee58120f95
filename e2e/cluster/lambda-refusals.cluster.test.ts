import { randomBytes } from "node:crypto";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, invoke, node } from "../lib/functions.ts";
import { type Probe, startProbe } from "../lib/probe.ts";
import { createNamespace, kubectl, machineAddress, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-refused-${randomBytes(4).toString("hex")}`;
const long = { timeout: 60_000, interval: 500 };

describe("what a cluster refuses", () => {
  let server: ServerProcess;
  let client: ReturnType<typeof lambdaClient>;
  let probe: Probe;
  beforeAll(async () => {
    await createNamespace(namespace);
    probe = await startProbe(await machineAddress());
    const images = "ruby3.4=registry.invalid/no/ruby:1";
    server = await startServerOnCluster(namespace, { FAKECLOUD_LAMBDA_K8S_IMAGES: images });
    client = lambdaClient(server.url);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await probe?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });
  const stateReason = async (name: string): Promise<string | undefined> =>
    (await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }))).StateReason;

  test("an image that cannot be pulled is the function's StateReason before it is invoked, and the error of who invokes it", async () => {
    const image = "registry.invalid/no/ruby:1";
    const broken = async (): Promise<unknown> => {
      const { pools } = (await (await fetch(`${server.url}/_fakecloud/lambda/pools`)).json()) as {
        pools: { image: string; broken: boolean }[];
      };
      return pools.find((pool) => pool.image === image)?.broken;
    };
    await createFunction(client, node("imageless", "", { runtime: "ruby3.4" }));
    await expect.poll(() => stateReason("imageless"), long).toMatch(/ErrImagePull|ImagePullBackOff/);
    const began = performance.now();
    await expect(invoke(client, "imageless")).rejects.toMatchObject({
      name: "ServiceException",
      message: expect.stringMatching(/(ErrImagePull|ImagePullBackOff).*registry\.invalid\/no\/ruby:1/s),
    });
    expect(performance.now() - began).toBeLessThan(20_000);
    await expect.poll(broken, long).toBe(true);
    // Such Pods are tried less and less often now. A further function is told the same.
    await createFunction(client, node("imageless-too", "", { runtime: "ruby3.4" }));
    await expect.poll(() => stateReason("imageless-too"), long).toMatch(/ErrImagePull|ImagePullBackOff/);
  });

  test("a quota that is used up is told in Kubernetes' words; an event waits until there is room", async () => {
    await kubectl("create", "quota", "full", "-n", namespace, "--hard=pods=0");
    await kubectl("wait", "-n", namespace, "quota/full", "--for=jsonpath={.status.hard.pods}=0", "--timeout=30s");
    await createFunction(client, node("crowded", probe.source));
    const words = /exceeded quota: full, requested: pods=1, used: pods=\d, limited: pods=0/;
    await expect(invoke(client, "crowded", { id: "called" })).rejects.toMatchObject({
      name: "ServiceException",
      message: expect.stringMatching(words),
    });
    expect(await stateReason("crowded")).toMatch(words);
    await invoke(client, "crowded", { id: "event" }, { InvocationType: "Event" });
    await kubectl("delete", "quota", "full", "-n", namespace);
    await expect.poll(() => probe.deliveries("event"), long).toBe(1);
    expect(await stateReason("crowded")).toBeUndefined();
  });
});
