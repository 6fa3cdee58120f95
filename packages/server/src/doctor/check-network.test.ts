import { type K8sClient, PodStartError } from "@fc/k8s";
import { expect, test } from "vitest";
import { checkDial, checkDns } from "./check-network.ts";

const { signal } = new AbortController();

/** Whose Pods end with this message. */
function saying(message: string): K8sClient {
  const terminated = { exitCode: 1, message };
  const pod = { status: { containerStatuses: [{ name: "reach", state: { terminated } }] } };
  const error = new PodStartError("it failed", { reason: "Failed", pod: pod as never });
  return { launchPod: () => Promise.reject(error) } as unknown as K8sClient;
}

test.each([
  ["wget: bad address 'kubernetes.default.svc:443'\nno answer from http://kubernetes.default.svc:443/", "warning"],
  ["curl: (6) Could not resolve host: kubernetes.default.svc", "warning"],
  ["no answer from http://kubernetes.default.svc:443/ within 5 s", "warning"],
  ["wget: server returned error: HTTP/1.0 400 Bad Request\nno answer from http://kubernetes.default.svc:443/", "ok"],
])("names of Services: %j is %s", async (message, state) => {
  const line = await checkDns(saying(message), {}, signal);
  expect(line).toMatchObject({ code: "FC_DOCTOR_DNS", state });
  if (state === "warning") expect(line.fix).toContain("FAKECLOUD_ELASTICACHE_ENDPOINTS=cluster-ip");
});

test("whether names resolve is not known when the Pod did not run", async () => {
  const client = { launchPod: () => Promise.reject(new Error("ErrImagePull")) } as unknown as K8sClient;
  expect(await checkDns(client, {}, signal)).toMatchObject({
    state: "warning",
    message: expect.stringMatching(/could not be found out: ErrImagePull/),
  });
});

test("a Pod that the server does not reach is a warning with its fix, and does not stay", async () => {
  const discarded: unknown[] = [];
  const client = {
    startPod: () => Promise.resolve({ metadata: { name: "listens", uid: "1" } }),
    dial: () => Promise.reject(new Error("EHOSTUNREACH")),
    discardPod: async (pod: unknown) => void discarded.push(pod),
  } as unknown as K8sClient;
  expect(await checkDial(client, {}, signal)).toMatchObject({
    code: "FC_DOCTOR_DIAL",
    state: "warning",
    message: expect.stringContaining("EHOSTUNREACH"),
    fix: expect.stringContaining("pods/portforward"),
  });
  expect(discarded).toMatchObject([{ name: "listens", uid: "1" }]);
});
