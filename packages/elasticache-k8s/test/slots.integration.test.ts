import { embedded } from "./support/embedded-cluster.ts";
import { slotCases } from "./support/slot-cases.ts";
import { slotRepairCases } from "./support/slot-repair-cases.ts";

slotCases("cluster mode on the embedded cluster", embedded, { encryption: "comes and goes" });
slotRepairCases("clusters that are mended on the embedded cluster", embedded);
