import { objectAt } from "../../store/kube-object.ts";
import type { ObjectStore } from "../../store/object-store.ts";

/** The data of the Secrets and ConfigMaps of one namespace. undefined: there is no such object. */
export interface ConfigSource {
  secret(name: string): ReadonlyMap<string, Buffer> | undefined;
  configMap(name: string): ReadonlyMap<string, Buffer> | undefined;
}

/** Reads them from the store, at the time of asking. */
export function storeConfigSource(store: ObjectStore, namespace: string): ConfigSource {
  return {
    secret: (name) => {
      const secret = store.peek("secrets", namespace, name);
      if (secret === undefined) return undefined;
      return new Map([
        ...decoded(objectAt(secret, "data"), "base64"),
        ...decoded(objectAt(secret, "stringData"), "utf8"),
      ]);
    },
    configMap: (name) => {
      const map = store.peek("configmaps", namespace, name);
      if (map === undefined) return undefined;
      return new Map([...decoded(objectAt(map, "binaryData"), "base64"), ...decoded(objectAt(map, "data"), "utf8")]);
    },
  };
}

function decoded(data: Readonly<Record<string, unknown>>, encoding: BufferEncoding): [string, Buffer][] {
  return Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), encoding)]);
}
