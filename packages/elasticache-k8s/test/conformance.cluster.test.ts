import { conformanceTests } from "./support/conformance-tests.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

conformanceTests("conformance of the cache backend on a real cluster", namespaceOfItsOwn, 6);
