import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPodReach, K8sClient, managedBySelector } from "@fc/k8s";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

let directory: string;
let cluster: LocalCluster;
let client: K8sClient;
let server: Server;
let url: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-reach-"));
  cluster = await startLocalCluster({ dataDirectory: directory });
  client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath });
  server = createServer((_request, response) => response.end("ok"));
  server.listen(0, cluster.hostAddress);
  await once(server, "listening");
  url = `http://${cluster.hostAddress}:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
  server.close();
});

test("a Pod reaches what listens where it can", async () => {
  expect(await checkPodReach(client, { urls: [url, `${url}/again`] })).toEqual({ state: "reached" });
});

test("and says why it does not reach something else", async () => {
  const reach = await checkPodReach(client, { urls: [url, `http://${cluster.hostAddress}:1/`] });
  expect(reach).toMatchObject({ state: "unreachable", detail: expect.stringMatching(/no answer from http:.*:1\/$/) });
});

test("and that nobody answers in time", async () => {
  const silent = createServer();
  silent.listen(0, cluster.hostAddress);
  await once(silent, "listening");
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const reach = await checkPodReach(client, { urls: [`http://${cluster.hostAddress}:${port}/`] });
  expect(reach).toMatchObject({ state: "unreachable", detail: expect.stringContaining("/ within 5 s") });
});

test("without a program to ask with nothing is known; no Pod stays, whatever came out", async () => {
  const reach = await checkPodReach(client, { urls: [url], image: "no.registry.test/nothing:1" });
  expect(reach).toMatchObject({ state: "unknown", detail: expect.stringContaining("ErrImagePull") });
  await expect.poll(() => client.listPods(managedBySelector)).toEqual([]);
});
