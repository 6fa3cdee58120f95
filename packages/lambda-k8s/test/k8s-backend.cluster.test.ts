import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { names } from "@fc/k8s";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { K8sBackend, type LaunchedFunction, type LaunchedInstance } from "../src/index.ts";
import { makeZip } from "./make-zip.ts";

/** Where Pods of the development cluster reach this process. */
const nodeAddress = process.env["FC_CLUSTER_NODE_ADDRESS"] ?? "10.244.0.1";
const namespace = `dev-lambda-seed-${process.pid}`;

let api: CoreV1Api;
let server: Server;
let backend: K8sBackend;
/** What did not belong to the backend. */
const others: string[] = [];

beforeAll(async () => {
  const config = new KubeConfig();
  config.loadFromFile(process.env["KUBECONFIG"] ?? "");
  api = config.makeApiClient(CoreV1Api);
  await api.createNamespace({ body: { metadata: { name: namespace } } });
  server = createServer((request, response) => {
    if (backend.handle(request, response)) return;
    others.push(request.url ?? "");
    response.end("the emulator's own");
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const serverPort = (server.address() as AddressInfo).port;
  const environment = {
    KUBECONFIG: process.env["KUBECONFIG"],
    FAKECLOUD_K8S_SELF_URL: `http://${nodeAddress}/`,
    FAKECLOUD_K8S_NAMESPACE: namespace,
    FAKECLOUD_K8S_ANNOTATIONS: "example.com/level=all,example.com/all=yes",
    FAKECLOUD_LAMBDA_K8S_ANNOTATIONS: "example.com/level=lambda",
  };
  backend = await K8sBackend.fromEnv({ serverPort, environment });
});

afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await new Promise((resolve) => server.close(resolve));
  await api.deleteNamespace({ name: namespace });
});

const code = await makeZip({
  "index.js": `const { text } = require("layered");
    exports.handler = async (event) => { console.log("got " + event.n); return { event, text, greeting: process.env.GREETING, own: process.env.OWN, name: process.env.AWS_LAMBDA_FUNCTION_NAME }; };`,
});
const layer = await makeZip({ "nodejs/node_modules/layered/index.js": "exports.text = 'from the layer';" });

function func(functionName: string, over: Partial<LaunchedFunction> = {}): LaunchedFunction {
  const functionArn = `arn:aws:lambda:us-east-1:111122223333:function:${functionName}`;
  return { functionName, functionArn, runtime: "nodejs22.x", handler: "index.handler", ...over };
}

async function call({ endpoint }: LaunchedInstance, event: unknown): Promise<unknown> {
  const url = `http://${endpoint}/2015-03-31/functions/function/invocations`;
  return await (await fetch(url, { method: "POST", body: JSON.stringify(event) })).json();
}

const podName = ({ handle }: LaunchedInstance): string => (handle as { name: string }).name;

test("instances of one function run side by side, each with code, layers and environment", async () => {
  const { port } = server.address() as AddressInfo;
  const environment = { GREETING: "ü", OWN: `http://localhost:${port}/a http://localhost:2772` };
  const tags = { "fakecloud-k8s/annotations": "example.com/level=function" };
  const launches = [1, 2].map(() => backend.launch(func("twin", { environment, tags }), code, [layer], "deploy-1"));
  const instances = await Promise.all(launches);
  const answers = await Promise.all(instances.map((instance, n) => call(instance, { n })));
  const own = `http://${nodeAddress}:${port}/a http://localhost:2772`;
  expect(answers).toEqual(
    [0, 1].map((n) => ({ event: { n }, text: "from the layer", greeting: "ü", own, name: "twin" })),
  );
  expect(new Set(instances.map(podName)).size).toBe(2);
  const [first, second] = instances as [LaunchedInstance, LaunchedInstance];
  expect(first.endpoint).toMatch(/^[\d.]+:8080$/);
  expect(first.handle).toEqual({ kind: "pod", namespace, name: podName(first) });
  const { metadata, spec } = await api.readNamespacedPod({ namespace, name: podName(first) });
  expect(metadata?.labels).toMatchObject({ "fakecloud-lambda": "twin", "fakecloud-deploy-id": "deploy-1" });
  expect(metadata?.annotations).toMatchObject({ "example.com/level": "function", "example.com/all": "yes" });
  expect(JSON.stringify(spec)).not.toContain("ü");
  await vi.waitFor(async () => expect(await backend.instanceLogs(first.handle)).toContain("got 0"), {
    timeout: 20_000,
  });

  await backend.terminate(first.handle);
  await backend.terminate(first.handle);
  await backend.terminate({ kind: "process", id: podName(second) });
  expect(await backend.instanceLogs(first.handle)).toBeUndefined();
  expect(await call(second, { n: 3 })).toMatchObject({ event: { n: 3 } });
  await backend.terminate(second.handle);
  expect((await api.listNamespacedPod({ namespace })).items).toEqual([]);
  expect(others).toEqual([]);
});

test.each([64, 140])("a function with a name of %i characters runs", async (length) => {
  const name = `F_${"x".repeat(length - 2)}`;
  const instance = await backend.launch(func(name), code, [layer], "d".repeat(43));
  expect(await call(instance, { n: 1 })).toMatchObject({ name });
  const { metadata } = await api.readNamespacedPod({ namespace, name: podName(instance) });
  expect(metadata?.labels?.["fakecloud-lambda"]).toBe(names.labelSafe(name));
  await backend.terminate(instance.handle);
});

test("a launch that fails says why, and leaves nothing", async () => {
  const launched = backend.launch(func("broken", { runtime: "ruby2.5" }), code, [], "deploy-1");
  await expect(launched).rejects.toMatchObject({
    code: "FC_LAMBDA_LAUNCH_FAILED",
    details: { reason: expect.stringMatching(/ErrImagePull|ImagePullBackOff/) },
  });
  await expect(backend.launch(func("broken"), Buffer.from("no zip"), [], "deploy-1")).rejects.toThrow(
    /Could not unzip/,
  );
  expect((await api.listNamespacedPod({ namespace })).items).toEqual([]);
});

test("an image is pulled, or its reason told; what nobody left is nothing to reap", async () => {
  expect(await backend.prepullImage("public.ecr.aws/lambda/nodejs:22")).toMatch(/^sha256:/);
  await expect(backend.prepullImage("registry.invalid/no/such:1")).rejects.toMatchObject({
    code: "FC_LAMBDA_LAUNCH_FAILED",
  });
  expect(await backend.reapStale()).toBe(0);
});
