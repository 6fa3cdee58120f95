import { memcachedCases } from "./support/memcached-cases.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

memcachedCases("memcached with several nodes on a real cluster", namespaceOfItsOwn);
