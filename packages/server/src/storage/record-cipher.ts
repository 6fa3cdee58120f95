import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals the values of records with AES-256-GCM, all of them: no field that is secret can be forgotten. A sealed value opens only under the
 * collection and key that it was sealed for, so one that was damaged or put elsewhere is found.
 */
export class RecordCipher {
  readonly #key: KeyObject;

  /** @param key of 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  /** Nonce, what is sealed, tag. */
  seal(collection: string, key: string, text: string): Uint8Array {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(placeOf(collection, key));
    return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  }

  /** Undefined: it was not sealed with this key for this place, or was changed since. */
  open(collection: string, key: string, sealed: Uint8Array): string | undefined {
    if (sealed.byteLength < nonceBytes + tagBytes) return undefined;
    const options = { authTagLength: tagBytes };
    const decipher = createDecipheriv(algorithm, this.#key, sealed.subarray(0, nonceBytes), options);
    decipher.setAAD(placeOf(collection, key));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const text = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return text.toString("utf8");
  }
}

function placeOf(collection: string, key: string): Uint8Array {
  return Buffer.from(JSON.stringify([collection, key]));
}
