import type { KubeObject } from "../../store/kube-object.ts";

/** The JSON of stored objects, made once and shared by all watchers. Held weakly: a text goes with its object. */
export class JsonTexts {
  readonly #texts = new WeakMap<KubeObject, string>();

  of(object: KubeObject): string {
    // Only what is frozen cannot change under its text.
    if (!Object.isFrozen(object)) return JSON.stringify(object);
    const known = this.#texts.get(object);
    if (known !== undefined) return known;
    const text = JSON.stringify(object);
    this.#texts.set(object, text);
    return text;
  }
}
