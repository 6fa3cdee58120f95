import { deferred, silentLogger } from "@fc/core";
import { expect, test } from "vitest";
import { harness } from "../../test/harness.ts";
import { SnapshotBytes } from "./snapshot-bytes.ts";

test("bytes that are stored but not yet named survive the deletion of their former name", async () => {
  const { plane, blobs } = harness();
  const bytes = new SnapshotBytes(plane.state, blobs, silentLogger);
  const named = deferred();
  const stored = await blobs.write([Buffer.from("same")]);
  let seen: readonly string[] = [];
  const writing = bytes.write(
    async () => {
      await named.promise;
      return stored;
    },
    () => {
      seen = blobs.names();
    },
  );
  await bytes.release(stored.sha256);
  named.resolve();
  await writing;
  expect(seen).toEqual([stored.sha256]);
  // Nothing named them in the end.
  expect(blobs.names()).toEqual([]);
});

test("bytes that cannot be deleted now are deleted with the next ones", async () => {
  const { plane, blobs } = harness();
  const stored = await blobs.write([Buffer.from("x")]);
  const failing = { ...blobs, delete: () => Promise.reject(new Error("disk")) };
  const store = { current: failing as typeof blobs };
  const bytes = new SnapshotBytes(
    plane.state,
    { ...blobs, delete: (sha256) => store.current.delete(sha256) },
    silentLogger,
  );
  await bytes.release(stored.sha256);
  expect(blobs.names()).toHaveLength(1);
  store.current = blobs;
  await bytes.release();
  expect(blobs.names()).toEqual([]);
});

test("what a process left that died is removed: neither named bytes nor those of a restore", async () => {
  const { plane, blobs, call, settle, backend } = harness();
  call("CreateCacheCluster", { CacheClusterId: "a" });
  await settle();
  call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
  await settle();
  backend.write([...backend.nodes.keys()][0]!, "restored");
  call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "t" });
  await settle();
  backend.hold("start");
  call("CreateCacheCluster", { CacheClusterId: "b", SnapshotName: "t" });
  call("DeleteSnapshot", { SnapshotName: "t" });
  await settle();
  const named = blobs.names();
  await blobs.write([Buffer.from("stored, and the process was killed before anything named it")]);
  await plane.bytes.removeUnnamed();
  expect(named).toHaveLength(2);
  expect(blobs.names()).toEqual(named);
});

test("what is recorded is what names the bytes, whatever else a backend knows of them", async () => {
  const { plane, blobs } = harness();
  const stored = { ...(await blobs.write([Buffer.from("x")])), engineVersion: "7.1" };
  let recorded: object = {};
  await plane.bytes.write(
    () => Promise.resolve(stored),
    (bytes) => {
      recorded = bytes;
    },
  );
  expect(recorded).toEqual({ sha256: stored.sha256, sizeBytes: 1 });
});
