import type { K8sClient } from "@fc/k8s";
import { expect, test } from "vitest";
import { checkLeases } from "./check-leases.ts";

/** A namespace that has the client's own Lease alone, made at this second by the cluster's clock. */
function clientOf(createdMs: number): K8sClient {
  const own = { metadata: { name: "own", creationTimestamp: new Date(createdMs) }, spec: { holderIdentity: "me" } };
  const coordination = { listNamespacedLease: () => Promise.resolve({ items: [own] }) };
  return { namespace: "here", instanceId: "me", coordination } as unknown as K8sClient;
}

const second = 1_000;
const created = 1_000 * second;

test.each([
  [created, created + second, "ok", "agrees"],
  // The cluster's times are whole seconds.
  [created + 1.9 * second, created + 3 * second, "ok", "agrees"],
  [created + 90 * second, created + 91 * second, "warning", "90 s ahead of"],
  [created - 61 * second, created - 60 * second, "warning", "60 s behind"],
])("a Lease of 1000 s, made between %d and %d by this machine's clock: %s, %s", async (fromMs, toMs, state, text) => {
  const [clock] = await checkLeases(clientOf(created), { fromMs, toMs });
  expect(clock).toMatchObject({ code: "FC_DOCTOR_CLOCK", state, message: expect.stringContaining(text) });
  if (state === "warning") expect(clock?.fix).toContain("NTP");
});
