import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { errorText, FcError } from "@fc/core";
import type { ServerSettings } from "../settings.ts";

/** What a listener proves itself with, PEM. */
export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads the pair that the settings name, if they do. What it gives rejects with FcError `FC_SERVER_TLS_INVALID`. */
export function tlsReader({
  tlsCert: cert,
  tlsKey: key,
}: Pick<ServerSettings, "tlsCert" | "tlsKey">): (() => Promise<TlsPair>) | undefined {
  return cert === undefined || key === undefined ? undefined : () => readTls({ cert, key });
}

/** @throws FcError `FC_SERVER_TLS_INVALID` when a file cannot be read, is no PEM, or the key is not the certificate's */
async function readTls(paths: { readonly cert: string; readonly key: string }): Promise<TlsPair> {
  const [cert, key] = await Promise.all([pem("FAKECLOUD_TLS_CERT", paths.cert), pem("FAKECLOUD_TLS_KEY", paths.key)]);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw invalid(
      `FAKECLOUD_TLS_CERT=${paths.cert} and FAKECLOUD_TLS_KEY=${paths.key} cannot be used together: ${errorText(error)}. Expected is a certificate chain in PEM, the server's own first, and its key without a passphrase`,
      error,
    );
  }
  return { cert, key };
}

async function pem(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw invalid(`${setting}=${path} cannot be read: ${errorText(error)}`, error);
  }
}

function invalid(message: string, cause: unknown): FcError {
  return new FcError("FC_SERVER_TLS_INVALID", message, { fault: "user", cause });
}
