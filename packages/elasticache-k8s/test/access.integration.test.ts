import { accessCases } from "./support/access-cases.ts";
import { embedded } from "./support/embedded-cluster.ts";

accessCases("access to caches on the embedded cluster", embedded);
