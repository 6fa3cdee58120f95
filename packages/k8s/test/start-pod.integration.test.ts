import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type K8sClient, K8sPodConfig, type StartPodOptions } from "../src/index.ts";
import { FakeApiServer, type FakeHandler, sendJson, statusAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, eventually, paths, readyStatus } from "./support.ts";

let server: FakeApiServer;
let clock: StepClock;
let client: K8sClient;
beforeEach(async () => {
  server = await FakeApiServer.start();
  clock = new StepClock();
  client = await connectTo(server, { clock, instanceId: "fc-own" });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const pod = { metadata: { generateName: "box-" }, spec: { containers: [{ name: "main", image: "i" }] } };
const start = (options: Partial<StartPodOptions> = {}): ReturnType<K8sClient["startPod"]> => {
  const started = client.startPod(pod, {
    owner: "process",
    service: "lambda",
    until: "ready",
    timeoutMs: 60_000,
    ...options,
  });
  started.catch(() => undefined);
  return started;
};
const only = () => server.objects.list(paths.pods)[0];
const becomes = async (status: object): Promise<void> => {
  await eventually(() => only() !== undefined);
  const found = only();
  if (found !== undefined) server.objects.put(paths.pods, { ...found, status });
};
const deletes = () => server.requests.filter(({ method, path }) => method === "DELETE" && path.includes("/pods/"));
const refuse: FakeHandler = statusAnswer(403, "Forbidden", "a webhook says no");

describe("startPod", () => {
  test("makes an owned, restricted Pod under a new name and gives it when the condition holds", async () => {
    const podConfig = new K8sPodConfig({ nodeSelector: { disk: "ssd" } });
    const both = [start({ podConfig, defaults: { runAsUser: 7 } }), start({ until: "running" })];
    await eventually(() => server.objects.list(paths.pods).length === 2);
    for (const each of server.objects.list(paths.pods))
      server.objects.put(paths.pods, { ...each, status: readyStatus });
    const [first, second] = await Promise.all(both);
    expect(first?.metadata?.name).toMatch(/^box-[a-z2-7]{10}$/);
    expect(first?.metadata?.name).not.toBe(second?.metadata?.name);
    expect(first?.metadata).toMatchObject({
      labels: { "fakecloud-instance": "fc-own", "fakecloud-service": "lambda" },
      ownerReferences: [{ kind: "Lease" }],
    });
    expect(first?.spec).toMatchObject({
      nodeSelector: { disk: "ssd" },
      securityContext: { runAsNonRoot: true, runAsUser: 7 },
      containers: [{ securityContext: { capabilities: { drop: ["ALL"] } } }],
    });
    expect(deletes()).toEqual([]);
  });

  test("may wait for anything that can be said of a Pod", async () => {
    const started = start({ until: ({ spec }) => spec?.nodeName === "n" });
    await eventually(() => only() !== undefined);
    const found = only() as { readonly spec: object } & NonNullable<ReturnType<typeof only>>;
    server.objects.put(paths.pods, { ...found, spec: { ...found.spec, nodeName: "n" } });
    expect((await started).spec?.nodeName).toBe("n");
  });

  test("fails at once with Kubernetes' reason, and takes the Pod along by its uid", async () => {
    const started = start();
    await becomes({
      phase: "Pending",
      containerStatuses: [{ name: "main", state: { waiting: { reason: "ErrImagePull", message: "no such image" } } }],
    });
    const uid = only()?.metadata.uid;
    await expect(started).rejects.toMatchObject({ code: "FC_K8S_POD_START_FAILED", reason: "ErrImagePull" });
    expect(only()).toBeUndefined();
    expect(JSON.parse(deletes()[0]?.body ?? "")).toMatchObject({ preconditions: { uid } });
  });

  test("that is too late takes the Pod along", async () => {
    const started = start({ timeoutMs: 45_000 });
    await eventually(() => clock.fire(45_000) === 1);
    await expect(started).rejects.toMatchObject({ reason: "Timeout" });
    expect(only()).toBeUndefined();
  });

  test("removes nothing when the Pod was refused", async () => {
    server.next("POST", paths.pods, refuse);
    await expect(start()).rejects.toThrow("a webhook says no");
    expect(deletes()).toEqual([]);
  });

  test("that is aborted while the Pod is made takes along what is made", async () => {
    const controller = new AbortController();
    server.next("POST", paths.pods, (request, response) => {
      controller.abort(new Error("enough"));
      sendJson(response, 201, server.objects.put(paths.pods, JSON.parse(request.body)));
    });
    await expect(start({ signal: controller.signal })).rejects.toThrow("enough");
    expect(only()).toBeUndefined();
  });

  test("that is aborted while it waits takes the Pod along; before it begins, nothing is made", async () => {
    const controller = new AbortController();
    const started = start({ signal: controller.signal });
    await eventually(() => only() !== undefined);
    controller.abort(new Error("enough"));
    await expect(started).rejects.toThrow("enough");
    expect(only()).toBeUndefined();
    const before = server.requests.length;
    await expect(start({ signal: controller.signal })).rejects.toThrow("enough");
    expect(server.requests.slice(before).filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("whose creation was never answered removes the Pod that appears later", async () => {
    const bodies: string[] = [];
    for (let i = 0; i < 3; i += 1)
      server.next("POST", paths.pods, (request, response) => {
        bodies.push(request.body);
        response.destroy();
      });
    await expect(start()).rejects.toMatchObject({ code: "FC_K8S_UNREACHABLE" });
    server.objects.put(paths.pods, JSON.parse(bodies[0] ?? ""));
    await eventually(() => {
      clock.fire(0, 9_000);
      clock.fire(13_500, 16_500);
      return only() === undefined;
    });
    expect(bodies.length).toBe(3);
  });

  test("goes on removing a Pod whose removal is refused", async () => {
    for (let i = 0; i < 3; i += 1) server.next("DELETE", /\/pods\/box-/, refuse);
    const controller = new AbortController();
    const started = start({ signal: controller.signal });
    await eventually(() => only() !== undefined);
    controller.abort(new Error("enough"));
    await expect(started).rejects.toThrow("enough");
    await eventually(() => {
      clock.fire(0, 9_000);
      return only() === undefined;
    });
    expect(deletes()).toHaveLength(4);
  });
});

test("discardPod never rejects, and is content with a Pod that is gone", async () => {
  await client.discardPod({ name: "nobody", uid: "u" });
  server.next("DELETE", "/pods/nobody", refuse);
  await client.discardPod({ name: "nobody", uid: "u" });
  await eventually(() => {
    clock.fire(0, 9_000);
    return deletes().length === 3;
  });
});
