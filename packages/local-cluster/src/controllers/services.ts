import { type KubeObject, listAt, objectAt, textAt } from "../store/kube-object.ts";
import { matchLabels } from "../store/label-selector.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { ControllersOptions } from "./controllers-options.ts";
import { removeEndpoints, writeEndpoints } from "./endpoint-objects.ts";
import { PortProxy } from "./port-proxy.ts";
import { reachable, serviceEndpoints } from "./service-endpoints.ts";

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
    this.#update(uid);
  }

  remove(service: KubeObject): void {
    const uid = service.metadata.uid ?? "";
    for (const proxy of this.#entries.get(uid)?.proxies.values() ?? []) proxy.close();
    if (this.#entries.delete(uid)) removeEndpoints(this.#store, service);
  }

  /** Looks again at the Services that select the Pod now or did so before. */
  podChanged(pod: KubeObject, previous: KubeObject | undefined): void {
    for (const [uid, { service }] of this.#entries) {
      if (service.metadata.namespace !== pod.metadata.namespace) continue;
      const selector = objectAt(service["spec"], "selector") as Record<string, string>;
      const selects = matchLabels(selector);
      const concerned = selects(pod.metadata.labels ?? {}) || selects(previous?.metadata.labels ?? {});
      if (concerned && Object.keys(selector).length > 0) this.#update(uid);
    }
  }

  close(): void {
    for (const { proxies } of this.#entries.values()) for (const proxy of proxies.values()) proxy.close();
    this.#entries.clear();
  }

  /** Writes the endpoints; opens the ports that lead somewhere, closes those that do not: there a connection is refused. */
  #update(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    const { service, proxies } = entry;
    const { clock, logger } = this.#options;
    const endpoints = serviceEndpoints(this.#store, service);
    if (endpoints !== undefined) writeEndpoints(this.#store, service, endpoints);
    const host = textAt(service["spec"], "clusterIP");
    const ports = listAt(service["spec"], "ports").map((port) => Number(objectAt({ port }, "port")["port"]));
    const wanted = host === "" || host === "None" || endpoints === undefined ? [] : ports;
    for (const [port, proxy] of proxies) {
      if (wanted.includes(port)) continue;
      proxy.close();
      proxies.delete(port);
    }
    for (const port of wanted) {
      const target = (): { ip: string; port: number } | undefined => this.#pick(uid, port);
      const proxy = proxies.get(port) ?? new PortProxy({ host, port, target, clock, logger });
      proxies.set(port, proxy);
      proxy.listen(reachable(endpoints ?? [], port).length > 0);
    }
  }

  // Asked per connection, so that every change counts from the next connection on.
  #pick(uid: string, port: number): { ip: string; port: number } | undefined {
    const service = this.#entries.get(uid)?.service;
    const targets = reachable((service && serviceEndpoints(this.#store, service)) ?? [], port);
    this.#turn += 1;
    return targets[this.#turn % targets.length];
  }
}
