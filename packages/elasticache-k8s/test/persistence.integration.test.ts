import { embedded } from "./support/embedded-cluster.ts";
import { persistenceCases } from "./support/persistence-cases.ts";

persistenceCases("caches on volumes on the embedded cluster", embedded);
