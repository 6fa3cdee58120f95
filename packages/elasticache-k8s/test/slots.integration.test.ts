import { embedded } from "./support/embedded-cluster.ts";
import { slotCases } from "./support/slot-cases.ts";

slotCases("cluster mode on the embedded cluster", embedded);
