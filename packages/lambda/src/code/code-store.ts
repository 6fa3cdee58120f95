import { createHash } from "node:crypto";
import { type BlobStore, FcError, type RecordCollection, type RecordStore, recordKey, Semaphore } from "@fc/core";
import { invalidParameter, requestTooLarge } from "../aws-errors.ts";
import type { CodeRef } from "../state/records.ts";
import type { CodeLimits } from "./code-limits.ts";
import type { UnpackedFile, UnpackedZip } from "./unpacked.ts";
import { inflateZip } from "./zip-entries.ts";

/** A zip that is safe in the store until it is either kept for an owner or let go. */
export interface PinnedCode extends CodeRef {
  /** Ends the pin. A zip that nobody owns goes. */
  unpin(): Promise<void>;
}

/**
 * Zips by content: checked and inflated once at upload, counted by owner. The zip itself stays too, for `Code.Location`.
 */
export class CodeStore {
  readonly #blobs: BlobStore;
  readonly #transaction: RecordStore["transaction"];
  readonly #zips: RecordCollection<UnpackedZip>;
  /** `<zip>/<owner>` */
  readonly #owners: RecordCollection<true>;
  /** `<content>/<zip>`: zips that differ only in time stamps share their content. */
  readonly #contents: RecordCollection<true>;
  readonly #limits: CodeLimits;
  readonly #pins = new Map<string, number>();
  readonly #garbage = new Set<string>();
  /** Blobs of uploads that failed half way. */
  readonly #strays = new Set<string>();
  readonly #uploads = new Semaphore(4);
  #adding = 0;
  #deleting: Promise<void> | undefined;

  constructor(options: { records: RecordStore; blobs: BlobStore; limits: CodeLimits }) {
    this.#blobs = options.blobs;
    this.#limits = options.limits;
    this.#transaction = (work) => options.records.transaction(work);
    this.#zips = options.records.collection("lambda.code");
    this.#owners = options.records.collection("lambda.code-owners");
    this.#contents = options.records.collection("lambda.code-contents");
  }

  get limits(): CodeLimits {
    return this.#limits;
  }

  /**
   * Checks a zip and stores it, pinned.
   * @param limitBytes of the zip. Default: what may be uploaded in a request
   * @throws AwsError when it is too large or not a good zip
   */
  async add(zip: Uint8Array, limitBytes: number = this.#limits.zippedBytes): Promise<PinnedCode> {
    if (zip.byteLength > limitBytes) throw requestTooLarge(`Zipped size must be smaller than ${limitBytes} bytes`);
    const sha256 = createHash("sha256").update(zip).digest("hex");
    while (this.#deleting !== undefined) await this.#deleting;
    this.#adding += 1;
    this.#pins.set(sha256, (this.#pins.get(sha256) ?? 0) + 1);
    try {
      if (this.#zips.get(sha256) === undefined) await this.#uploads.run(() => this.#inflate(sha256, zip));
    } catch (error) {
      this.#unpin(sha256);
      throw error;
    } finally {
      this.#adding -= 1;
      await this.#sweep();
    }
    let pinned = true;
    return {
      sha256,
      sizeBytes: zip.byteLength,
      unpin: async () => {
        if (pinned) this.#unpin(sha256);
        pinned = false;
        await this.#sweep();
      },
    };
  }

  async #inflate(sha256: string, zip: Uint8Array): Promise<void> {
    if (this.#zips.get(sha256) !== undefined) return;
    const files: UnpackedFile[] = [];
    const content = await this.#blobs.write(inflateZip(zip, this.#limits, files));
    try {
      await this.#blobs.write([zip]);
      this.#transaction(() => {
        this.#contents.set(recordKey(content.sha256, sha256), true);
        this.#zips.set(sha256, { contentSha256: content.sha256, contentBytes: content.sizeBytes, files });
      });
    } catch (error) {
      // A disk that is full must not stay so by what nobody owns.
      for (const blob of [content.sha256, sha256]) this.#strays.add(blob);
      throw error;
    }
  }

  /** Counts an owner of a zip. Call it in the transaction that writes the owner's record. */
  own(sha256: string, owner: string): void {
    this.#owners.set(recordKey(sha256, owner), true);
  }

  /** Forgets an owner; {@link collect} then frees what nobody owns. */
  disown(sha256: string, owner: string): void {
    this.#owners.delete(recordKey(sha256, owner));
    this.#garbage.add(sha256);
  }

  /** Deletes what lost its last owner. */
  collect(): Promise<void> {
    return this.#sweep();
  }

  /**
   * Frees what a former process left without an owner: it ended between an upload and the function that it was for.
   * @param ownsBlobs whether the blob store holds nothing but code: then blobs of half uploads go, too
   */
  async recover(ownsBlobs: boolean): Promise<void> {
    const known = new Set<string>();
    for (const { key } of this.#contents.list()) {
      const [content = "", zip = ""] = key.split("/");
      known.add(content).add(zip);
      if (this.#owners.list(`${recordKey(zip)}/`).length === 0) this.#garbage.add(zip);
    }
    if (ownsBlobs)
      for (const sha256 of (await this.#blobs.list?.()) ?? []) if (!known.has(sha256)) this.#strays.add(sha256);
    await this.#sweep();
  }

  /** The index of a zip. @throws FcError `FC_LAMBDA_CODE_LOST` */
  unpacked(sha256: string): UnpackedZip {
    const found = this.#zips.get(sha256);
    if (found === undefined)
      throw new FcError("FC_LAMBDA_CODE_LOST", `The code with SHA-256 ${sha256} is no longer in the store`);
    return found;
  }

  /** The bytes of all files of a zip. */
  content(contentSha256: string): AsyncIterable<Uint8Array> {
    return this.#blobs.read(contentSha256);
  }

  /** The zip as it was uploaded. */
  zip(sha256: string): AsyncIterable<Uint8Array> {
    return this.#blobs.read(sha256);
  }

  /** @throws AwsError when code and layers together are too large */
  checkTotal(code: CodeRef, layers: readonly CodeRef[]): void {
    if (layers.length === 0) return;
    const total = [code, ...layers].reduce((sum, part) => sum + this.unpacked(part.sha256).contentBytes, 0);
    if (total > this.#limits.unzippedBytes)
      throw invalidParameter(
        `Function code combined with layers exceeds the maximum allowed size of ${this.#limits.unzippedBytes} bytes. The actual size is ${total} bytes.`,
      );
  }

  #unpin(sha256: string): void {
    const left = (this.#pins.get(sha256) ?? 1) - 1;
    if (left > 0) this.#pins.set(sha256, left);
    else this.#pins.delete(sha256);
    this.#garbage.add(sha256);
  }

  /** Uploads and deletions never overlap: a blob that is being written again must not be deleted under its writer. */
  async #sweep(): Promise<void> {
    if (this.#deleting !== undefined) return this.#deleting;
    if (this.#adding > 0 || this.#garbage.size + this.#strays.size === 0) return;
    const blobs = this.#takeGarbage();
    if (blobs.length === 0) return;
    this.#deleting = Promise.all(blobs.map((sha256) => this.#blobs.delete(sha256))).then(() => undefined);
    try {
      await this.#deleting;
    } finally {
      this.#deleting = undefined;
    }
  }

  /** The blobs to delete. Records that cannot be changed now, on a full disk, are for the next sweep. */
  #takeGarbage(): string[] {
    const strays = [...this.#strays].filter((sha256) => !this.#isKept(sha256));
    this.#strays.clear();
    try {
      const forgotten = this.#transaction(() => [...this.#garbage].flatMap((sha256) => this.#forget(sha256)));
      this.#garbage.clear();
      return [...strays, ...forgotten];
    } catch (error) {
      if (!FcError.isInstance(error) || !error.retryable) throw error;
      return strays;
    }
  }

  /** Drops the records of a zip that nobody owns; the blobs to delete with it. */
  #forget(sha256: string): string[] {
    if (this.#pins.has(sha256) || this.#owners.list(`${recordKey(sha256)}/`).length > 0) return [];
    const unpacked = this.#zips.get(sha256);
    if (unpacked === undefined) return [];
    this.#zips.delete(sha256);
    this.#contents.delete(recordKey(unpacked.contentSha256, sha256));
    return this.#isContent(unpacked.contentSha256) ? [sha256] : [sha256, unpacked.contentSha256];
  }

  #isContent(sha256: string): boolean {
    return this.#contents.list(`${recordKey(sha256)}/`).length > 0;
  }

  #isKept(sha256: string): boolean {
    return this.#zips.get(sha256) !== undefined || this.#isContent(sha256);
  }
}
