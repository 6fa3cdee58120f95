import { errorText } from "@fc/core";

/** What a connection failed with, in the words of Go's net package. */
export function dialFailure(host: string, port: number, error: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${host}:${port}: connect: connection refused`,
    ECONNRESET: `read tcp ${host}:${port}: read: connection reset by peer`,
  };
  return known[error.code ?? ""] ?? errorText(error);
}
