import { expect, test } from "vitest";
import { newInstanceId } from "./instance-id.ts";
import { leaseExpired } from "./instance-lease.ts";
import { ownedMeta } from "./owned-meta.ts";

const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: "l", uid: "u" };
const ownership = { service: "lambda", instanceId: "fc-i", installationId: "inst", lease } as const;

test("instance ids are random and label-safe", () => {
  expect(newInstanceId()).toMatch(/^fc-[a-z2-7]{10}$/);
  expect(newInstanceId()).not.toBe(newInstanceId());
  expect(newInstanceId((size) => new Uint8Array(size).fill(31))).toBe("fc-7777777777");
});

test("what the process owns carries its label and refers to its Lease", () => {
  const meta = ownedMeta({ name: "n", labels: { mine: "1" } }, { ...ownership, owner: "process" });
  expect(meta).toMatchObject({ name: "n", ownerReferences: [lease] });
  expect(meta.labels).toEqual({
    mine: "1",
    "fakecloud-managed-by": "fakecloud",
    "fakecloud-service": "lambda",
    "fakecloud-instance": "fc-i",
    "app.kubernetes.io/name": "fakecloud",
    "app.kubernetes.io/component": "lambda",
    "app.kubernetes.io/managed-by": "fakecloud",
  });
});

test("an embedder's own service is a label like ours", () => {
  const meta = ownedMeta({ name: "n" }, { ...ownership, service: "sqs", owner: "process" });
  expect(meta.labels).toMatchObject({ "fakecloud-service": "sqs", "app.kubernetes.io/component": "sqs" });
});

test("what the installation owns outlives the process: no label of it, no reference to it", () => {
  const meta = ownedMeta({ name: "n" }, { ...ownership, owner: "installation" });
  expect(meta.labels).toMatchObject({ "fakecloud-installation": "inst" });
  expect(meta.labels).not.toHaveProperty("fakecloud-instance");
  expect(meta).not.toHaveProperty("ownerReferences");
});

test("without an installation id the installation is the process", () => {
  const meta = ownedMeta({ name: "n" }, { ...ownership, installationId: undefined, owner: "installation" });
  expect(meta.labels).toMatchObject({ "fakecloud-installation": "fc-i", "fakecloud-instance": "fc-i" });
  expect(meta.ownerReferences).toEqual([lease]);
});

test("a Lease expires when its duration has passed since it was renewed", () => {
  const renewTime = new Date(100_000) as never;
  const of = (spec: object): boolean => leaseExpired({ spec }, 131_000);
  expect(of({ renewTime, leaseDurationSeconds: 30 })).toBe(true);
  expect(of({ renewTime, leaseDurationSeconds: 31 })).toBe(false);
  expect(of({ renewTime: "1970-01-01T00:01:40.000000Z" as never, leaseDurationSeconds: 30 })).toBe(true);
  expect(of({})).toBe(false);
});
