import { accessCases } from "./support/access-cases.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

accessCases("access to caches on a real cluster", namespaceOfItsOwn);
