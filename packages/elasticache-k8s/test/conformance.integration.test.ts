import { conformanceTests } from "./support/conformance-tests.ts";
import { embedded } from "./support/embedded-cluster.ts";

conformanceTests("conformance of the cache backend on the embedded cluster", embedded);
