import { backendCases } from "./support/backend-cases.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

backendCases("cache backend on a real cluster", namespaceOfItsOwn);
