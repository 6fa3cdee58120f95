import { groupCases } from "./support/group-cases.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

groupCases("replication groups on a real cluster", namespaceOfItsOwn);
