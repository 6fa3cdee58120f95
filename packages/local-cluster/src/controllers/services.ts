import { type KubeObject, objectAt, textAt } from "../store/kube-object.ts";
import { matchLabels } from "../store/label-selector.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { ControllersOptions } from "./controllers.ts";
import { writeEndpoints } from "./endpoint-objects.ts";
import { PortProxy } from "./port-proxy.ts";
import { type ServicePortTargets, serviceTargets } from "./service-endpoints.ts";

/** Keeps a TCP proxy per Service port and the endpoint objects of every Service. */
export function startServices(options: ControllersOptions): AsyncDisposable {
  const services = new Services(options);
  const { store } = options;
  const stops = [
    store.watch("services", ({ type, object }) =>
      type === "DELETED" ? services.remove(object) : services.apply(object),
    ),
    store.watch("pods", ({ object, previous }) => services.podChanged(object, previous)),
  ];
  return {
    [Symbol.asyncDispose]: () => {
      for (const stop of stops) stop();
      services.close();
      return Promise.resolve();
    },
  };
}

interface Entry {
  readonly service: KubeObject;
  readonly proxies: Map<number, PortProxy>;
}

class Services {
  readonly #options: ControllersOptions;
  readonly #store: ObjectStore;
  readonly #entries = new Map<string, Entry>();
  #turn = 0;

  constructor(options: ControllersOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  apply(service: KubeObject): void {
    const uid = service.metadata.uid ?? "";
    const proxies = this.#entries.get(uid)?.proxies ?? new Map<number, PortProxy>();
    this.#entries.set(uid, { service, proxies });
    const targets = serviceTargets(this.#store, service);
    if (targets !== undefined) writeEndpoints(this.#store, service, targets);
    const host = textAt(service["spec"], "clusterIP");
    const wanted = host === "" || host === "None" ? [] : (targets ?? []).map(({ port }) => port);
    for (const [port, proxy] of proxies) {
      if (wanted.includes(port)) continue;
      proxy.close();
      proxies.delete(port);
    }
    for (const port of wanted) {
      if (proxies.has(port)) continue;
      const target = (): { ip: string; port: number } | undefined => this.#pick(uid, port);
      proxies.set(port, new PortProxy({ host, port, target, logger: this.#options.logger }));
    }
  }

  remove(service: KubeObject): void {
    const uid = service.metadata.uid ?? "";
    for (const proxy of this.#entries.get(uid)?.proxies.values() ?? []) proxy.close();
    this.#entries.delete(uid);
  }

  /** Rewrites the endpoints of the Services that select the Pod now or did so before. */
  podChanged(pod: KubeObject, previous: KubeObject | undefined): void {
    for (const { service } of this.#entries.values()) {
      if (service.metadata.namespace !== pod.metadata.namespace) continue;
      const selector = objectAt(service["spec"], "selector") as Record<string, string>;
      const selects = matchLabels(selector);
      const concerned = selects(pod.metadata.labels ?? {}) || selects(previous?.metadata.labels ?? {});
      if (!concerned || Object.keys(selector).length === 0) continue;
      const targets = serviceTargets(this.#store, service);
      if (targets !== undefined) writeEndpoints(this.#store, service, targets);
    }
  }

  close(): void {
    for (const { service } of [...this.#entries.values()]) this.remove(service);
  }

  // Asked per connection, so that a changed selector counts from the next connection on.
  #pick(uid: string, port: number): ServicePortTargets["ready"][number] | undefined {
    const service = this.#entries.get(uid)?.service;
    const ready =
      service === undefined
        ? undefined
        : serviceTargets(this.#store, service)?.find((entry) => entry.port === port)?.ready;
    if (ready === undefined || ready.length === 0) return undefined;
    this.#turn += 1;
    return ready[this.#turn % ready.length];
  }
}
