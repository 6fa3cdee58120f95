import { embedded } from "./support/embedded-cluster.ts";
import { memcachedCases } from "./support/memcached-cases.ts";

memcachedCases("memcached with several nodes on the embedded cluster", embedded);
