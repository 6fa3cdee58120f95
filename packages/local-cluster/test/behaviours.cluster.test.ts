import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { placementBehaviours } from "./behaviours/placement.ts";
import { podBehaviours } from "./behaviours/pods.ts";
import { serviceBehaviours } from "./behaviours/services.ts";
import { Target } from "./behaviours/target.ts";
import { type ClusterClient, connect } from "./cluster-fixture.ts";

// What the embedded cluster promises to do as a real one: checked there.
describe("a real cluster", () => {
  const namespace = `fc-behaviours-${randomBytes(4).toString("hex")}`;
  let client: ClusterClient;
  beforeAll(async () => {
    client = await connect(process.env["KUBECONFIG"] ?? "", namespace);
    await client.call("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  });
  afterAll(async () => {
    await client.call("DELETE", `/api/v1/namespaces/${namespace}`);
  });
  const target = (): Target => new Target(client, namespace);

  podBehaviours(target);
  placementBehaviours(target);
  serviceBehaviours(target);
});
