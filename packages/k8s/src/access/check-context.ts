import { KubernetesError } from "../errors/kubernetes-error.ts";
import type { HttpTransport, TransportResponse } from "../transport/http-transport.ts";

/** What the checks stand on. */
export interface CheckContext {
  readonly transport: HttpTransport;
  readonly namespace: string;
  readonly inCluster: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Reads a path. */
export async function readJson(context: CheckContext, path: string): Promise<unknown> {
  const { transport, signal } = context;
  return JSON.parse((await transport.send({ method: "GET", path, signal })).body.toString("utf8"));
}

/** Posts an object: a review, or a dry run. Neither changes anything, so both may be repeated. */
export function postJson(context: CheckContext, path: string, body: object): Promise<TransportResponse> {
  const { transport, signal } = context;
  const headers = { "Content-Type": "application/json" };
  return transport.send({ method: "POST", path, headers, body: JSON.stringify(body), signal });
}

/** The answer of the API server, when the error is one. No answer, or refused credentials, end all checks. */
export function answered(error: unknown): KubernetesError {
  if (KubernetesError.is(error) && error.httpStatus !== undefined && error.httpStatus !== 401) return error;
  throw error;
}
