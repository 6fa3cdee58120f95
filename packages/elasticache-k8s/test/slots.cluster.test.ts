import { namespaceOfItsOwn } from "./support/real-cluster.ts";
import { slotCases } from "./support/slot-cases.ts";

slotCases("cluster mode on a real cluster", namespaceOfItsOwn, { encryption: "comes" });
