// #region run
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { K8sClient } from "@fc/k8s";
import { listenerOptions, RuntimeApi } from "@fc/lambda/runtime-api";
import { createLambdaK8sBackend } from "@fc/lambda-k8s";
import { greeter } from "./greeter.ts"; // { spec, code }: a function, as you keep it

const host = process.env["HOST_FOR_PODS"] ?? "127.0.0.1"; // this machine, as Pods reach it
await using client = await K8sClient.connect({ environment: process.env });
await using runtimeApi = new RuntimeApi();
const server = createServer(listenerOptions, (request, response) => runtimeApi.handle(request, response));
server.on("upgrade", (request, socket, head) => runtimeApi.handleUpgrade(request, socket, head));
await new Promise<void>((listening) => server.listen(0, listening));
const { port } = server.address() as AddressInfo;

await using backend = createLambdaK8sBackend({
  client,
  runtimeApi,
  runtimeApiAddress: { host, port },
  awsEndpointUrl: `http://${host}:4566`, // what functions are told that AWS is
  settings: { poolSize: 0 }, // no Pods that wait for the next function
});
const signal = AbortSignal.timeout(120_000);
const environment = await backend.launch({ ...greeter, initTimeoutMs: 10_000 }, { signal });
const { outcome, payload, log } = await environment.invoke({
  requestId: crypto.randomUUID(),
  payload: Buffer.from(JSON.stringify({ name: "you" })),
  deadlineMs: Date.now() + 3_000,
  invokedFunctionArn: greeter.spec.functionArn,
});
await environment.terminate();
server.close();
// #endregion

console.log(outcome, Buffer.from(payload).toString(), log.trim());
