import { embedded } from "./support/embedded-cluster.ts";
import { groupCases } from "./support/group-cases.ts";

groupCases("replication groups on the embedded cluster", embedded);
