import { backendCases } from "./support/backend-cases.ts";
import { embedded } from "./support/embedded-cluster.ts";

backendCases("cache backend on the embedded cluster", embedded);
