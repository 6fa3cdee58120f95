/**
 * A scriptable API server, to test what talks to Kubernetes against its faults: dropped connections, refusals, frozen
 * watches, streams that end half way.
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
