import { persistenceCases } from "./support/persistence-cases.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

// Its volumes are folders of root's: the step that gives them away is not `restricted`.
persistenceCases("caches on volumes on a real cluster", async () => ({
  ...(await namespaceOfItsOwn("baseline")),
  rootOwnsVolumes: true,
}));
