import type { V1ConfigMap, V1PersistentVolumeClaim, V1Pod, V1Secret, V1Service } from "@kubernetes/client-node";
import type { ClientResources } from "./client-parts.ts";
import type { CallOptions, RemoveOptions } from "./resource-client.ts";

/** The verbs on objects of a client's namespace. Creating never removes another object; reading what is absent gives undefined. */
export class NamespaceObjects {
  readonly #resources: ClientResources;

  protected constructor(resources: ClientResources) {
    this.#resources = resources;
  }

  /**
   * Creates the Pod and never removes another one. When the answer is lost it asks again, without making a second Pod.
   * @throws KubernetesError `FC_K8S_FORBIDDEN` for quota, admission and Pod Security, with their words
   */
  createPod(pod: V1Pod, options: CallOptions = {}): Promise<V1Pod> {
    return this.#resources.pods.create(pod, options);
  }

  createSecret(secret: V1Secret, options: CallOptions = {}): Promise<V1Secret> {
    return this.#resources.secrets.create(secret, options);
  }

  createService(service: V1Service, options: CallOptions = {}): Promise<V1Service> {
    return this.#resources.services.create(service, options);
  }

  createConfigMap(configMap: V1ConfigMap, options: CallOptions = {}): Promise<V1ConfigMap> {
    return this.#resources.configMaps.create(configMap, options);
  }

  createPersistentVolumeClaim(
    claim: V1PersistentVolumeClaim,
    options: CallOptions = {},
  ): Promise<V1PersistentVolumeClaim> {
    return this.#resources.volumeClaims.create(claim, options);
  }

  /** Asks for the Pod's removal. One that is absent, or has another uid, is fine. */
  deletePod(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.pods.remove(name, options);
  }

  deleteSecret(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.secrets.remove(name, options);
  }

  deleteService(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.services.remove(name, options);
  }

  deleteConfigMap(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.configMaps.remove(name, options);
  }

  deletePersistentVolumeClaim(name: string, options: RemoveOptions = {}): Promise<void> {
    return this.#resources.volumeClaims.remove(name, options);
  }

  getPod(name: string, options: CallOptions = {}): Promise<V1Pod | undefined> {
    return this.#resources.pods.get(name, options);
  }

  getSecret(name: string, options: CallOptions = {}): Promise<V1Secret | undefined> {
    return this.#resources.secrets.get(name, options);
  }

  getService(name: string, options: CallOptions = {}): Promise<V1Service | undefined> {
    return this.#resources.services.get(name, options);
  }

  getConfigMap(name: string, options: CallOptions = {}): Promise<V1ConfigMap | undefined> {
    return this.#resources.configMaps.get(name, options);
  }

  listPods(labelSelector: string, options: CallOptions = {}): Promise<V1Pod[]> {
    return this.#resources.pods.list(labelSelector, options);
  }

  listSecrets(labelSelector: string, options: CallOptions = {}): Promise<V1Secret[]> {
    return this.#resources.secrets.list(labelSelector, options);
  }

  listServices(labelSelector: string, options: CallOptions = {}): Promise<V1Service[]> {
    return this.#resources.services.list(labelSelector, options);
  }

  listConfigMaps(labelSelector: string, options: CallOptions = {}): Promise<V1ConfigMap[]> {
    return this.#resources.configMaps.list(labelSelector, options);
  }

  listPersistentVolumeClaims(labelSelector: string, options: CallOptions = {}): Promise<V1PersistentVolumeClaim[]> {
    return this.#resources.volumeClaims.list(labelSelector, options);
  }

  /** A merge patch (RFC 7386): null removes a member. */
  patchPod(name: string, mergePatch: object, options: CallOptions = {}): Promise<V1Pod> {
    return this.#resources.pods.mergePatch(name, mergePatch, options);
  }

  patchService(name: string, mergePatch: object, options: CallOptions = {}): Promise<V1Service> {
    return this.#resources.services.mergePatch(name, mergePatch, options);
  }
}
