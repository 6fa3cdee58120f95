import { afterAll, beforeAll, describe } from "vitest";
import { placementBehaviours } from "./behaviours/placement.ts";
import { podBehaviours } from "./behaviours/pods.ts";
import { serviceBehaviours } from "./behaviours/services.ts";
import { Target } from "./behaviours/target.ts";
import { type ClusterFixture, startCluster } from "./cluster-fixture.ts";
import { availableLevels } from "./node-fixture.ts";

describe.each(await availableLevels())("the embedded cluster at isolation level %s", (isolation) => {
  let fixture: ClusterFixture;
  beforeAll(async () => {
    fixture = await startCluster({ isolation });
  });
  afterAll(() => fixture[Symbol.asyncDispose]());
  const target = (): Target => new Target(fixture, "default");

  podBehaviours(target);
  placementBehaviours(target);
  serviceBehaviours(target);
});
