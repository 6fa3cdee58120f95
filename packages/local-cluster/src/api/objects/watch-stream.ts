import type { ServerResponse } from "node:http";
import type { KubeObject } from "../../store/kube-object.ts";
import type { StatusBody } from "../../store/status-error.ts";
import type { JsonTexts } from "../table/json-texts.ts";
import { type FormOptions, partial, table } from "../table/output-form.ts";

/** The lines of one watch, in the form that its client asked for. */
export class WatchStream {
  readonly #response: ServerResponse;
  readonly #options: FormOptions;
  readonly #maxBufferedBytes: number;
  readonly #texts: JsonTexts;
  #firstTable = true;

  constructor(response: ServerResponse, options: FormOptions, texts: JsonTexts, maxBufferedBytes: number) {
    this.#response = response;
    this.#options = options;
    this.#texts = texts;
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  send(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject): void {
    this.#write(type, this.#text(object));
  }

  /** A bookmark carries nothing but a version; as a table it has no rows. */
  sendBookmark(bookmark: unknown): void {
    this.#write("BOOKMARK", JSON.stringify(bookmark));
  }

  /** One ERROR event, then the end: how a watch fails after its headers. */
  fail(status: StatusBody): void {
    this.#write("ERROR", JSON.stringify(status));
    this.#response.end();
  }

  #text(object: KubeObject): string {
    if (this.#options.form === "metadata") return JSON.stringify(partial(object));
    if (this.#options.form === "object") return this.#texts.of(object);
    const columns = this.#firstTable;
    this.#firstTable = false;
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    return JSON.stringify(table([object], metadata, this.#options, columns));
  }

  #write(type: string, object: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    this.#response.write(`{"type":"${type}","object":${object}}\n`);
    if (this.#response.writableLength > this.#maxBufferedBytes) this.#response.destroy();
  }
}
