/**
 * To test what talks to Kubernetes against its faults (dropped connections, refusals, frozen watches, streams that end half
 * way): a proxy that stands in front of any cluster, and a scriptable API server that needs none.
 *
 * @packageDocumentation
 */
export {
  dropConnection,
  type FakeHandler,
  type FakeRequest,
  neverAnswer,
  sendJson,
  statusAnswer,
  textAnswer,
} from "./fake-answers.ts";
export { FakeApiServer, type FakeSocketHandler } from "./fake-api-server.ts";
export { type FakeObject, FakeObjects, type FakeWatchEvent } from "./fake-objects.ts";
export type { InjectedFault } from "./fault-proxy/active-fault.ts";
export type { ChunkHandler, Fault, FaultExchange, FaultMatch, FaultStream } from "./fault-proxy/fault.ts";
export {
  FaultProxy,
  type FaultProxyCounters,
  type FaultProxyOptions,
  type Outage,
} from "./fault-proxy/fault-proxy.ts";
export {
  type DropMoment,
  type ExecTruncation,
  type FaultCatalogue,
  faults,
  type StatusOptions,
} from "./fault-proxy/faults.ts";
export type { ProxiedRequest } from "./fault-proxy/proxied-request.ts";
