import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { spec } from "./support/backend-cases.ts";
import { type CasesBench, nextEvent, openBench, signal } from "./support/cases-bench.ts";
import { redis } from "./support/engine-client.ts";
import { type LocalVolumes, localVolumes } from "./support/local-volumes.ts";
import { persistenceCases } from "./support/persistence-cases.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

// Its volumes are folders of root's: the step that gives them away is not `restricted`.
persistenceCases("caches on volumes on a real cluster", async () => ({
  ...(await namespaceOfItsOwn("baseline")),
  rootOwnsVolumes: true,
}));

describe("caches on volumes of root's in a namespace with Pod Security restricted", () => {
  let bench: CasesBench;
  let volumes: LocalVolumes;
  const left = async (): Promise<string[]> => {
    const selector = "fakecloud-service=elasticache";
    const { client } = bench;
    const found = await Promise.all([client.listPods(selector), client.listPersistentVolumeClaims(selector)]);
    return found
      .flat()
      .flatMap(({ metadata: { name = "", deletionTimestamp } = {} }) =>
        deletionTimestamp === undefined ? [name] : [],
      );
  };

  beforeAll(async () => {
    bench = await openBench(namespaceOfItsOwn, "restricted-volumes");
    // Of the first Pod, of the one after the reboot, of the one that takes over the data; none is used twice.
    volumes = await localVolumes(bench.cluster.kubeconfig, 3);
  });

  afterAll(async () => {
    await bench?.[Symbol.asyncDispose]();
    await volumes?.[Symbol.asyncDispose]();
  });

  test("keep their data where the storage applies fsGroup, through a reboot and the loss of the Pod", async () => {
    const persistence = { sizeMib: 64, storageClass: volumes.storageClass };
    await using backend = bench.backend({ persistence, deleteOnClose: true });
    const wanted = spec("valkey", "applied");
    const { endpoint } = await backend.start(wanted, { signal: signal() });
    await redis(endpoint, "SET", "k", "v");
    const { instance } = await backend.reboot(wanted, { signal: signal() });
    await redis(endpoint, "SET", "other", "v");
    const recovered = nextEvent(backend, "recovered", wanted.nodeKey);
    await bench.client.deletePod(instance, { gracePeriodSeconds: 0 });
    await recovered;
    expect(await redis(endpoint, "DBSIZE")).toBe(2);
  });

  test.each([
    { chown: false, remedy: /storage ignores fsGroup.*PERSISTENCE_STORAGE_CLASS.*PERSISTENCE_CHOWN/s },
    { chown: true, remedy: /Pod Security does not allow.*leave it out.*PERSISTENCE_STORAGE_CLASS/s },
  ])(
    "are refused with what to do about it where it does not (chown: $chown), and nothing is left",
    async ({ chown, remedy }) => {
      await using backend = bench.backend({ persistence: { sizeMib: 64, chown }, deleteOnClose: true });
      await expect(backend.start(spec("redis", "ignored"), { signal: signal() })).rejects.toMatchObject({
        code: "FC_CACHE_START_FAILED",
        fault: "user",
        message: expect.stringMatching(remedy),
        details: { reason: "FC_CACHE_VOLUME_NOT_WRITABLE" },
      });
      await expect.poll(left, { timeout: 20_000 }).toEqual([]);
    },
  );
});
