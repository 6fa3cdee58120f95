import { randomUUID } from "node:crypto";
import { type Clock, errorText, type Logger, silentLogger, systemClock } from "@fc/core";
import type { RequestContext } from "../context.ts";
import type { AwsHttpRequest, AwsHttpResponse } from "../http/http.ts";
import { BodyTooLargeError } from "../http/read-body.ts";
import type { AwsService } from "../service/create-service.ts";
import type { Signature } from "../sigv4/credential.ts";
import { SignatureVerifier } from "../sigv4/verifier.ts";
import { authenticated, signatureOf } from "./authenticate.ts";
import { pickService } from "./pick-service.ts";

export interface GatewayOptions {
  readonly services: readonly AwsService[];
  /** Account of requests whose access key is not twelve digits. */
  readonly defaultAccount: string;
  /** Region of unsigned requests. */
  readonly defaultRegion: string;
  /** Present: every request must be signed with one of these access keys. Absent: signatures are read, not verified. */
  readonly signatures?: { readonly secrets: Readonly<Record<string, string>> };
  readonly logger?: Logger;
  /** Default: random UUIDs. */
  readonly newRequestId?: () => string;
  readonly clock?: Clock;
}

export interface Gateway {
  /** Answers every request; rejects only when the client went away. */
  handle(request: AwsHttpRequest): Promise<AwsHttpResponse>;
}

/** One endpoint for several services: finds the service, the account and the region of each request. */
export function createGateway(options: GatewayOptions): Gateway {
  const { services, logger = silentLogger, newRequestId = randomUUID } = options;
  const verifier =
    options.signatures === undefined
      ? undefined
      : new SignatureVerifier(options.signatures.secrets, options.clock ?? systemClock);
  return {
    handle: async (request) => {
      const requestId = newRequestId();
      try {
        const signature = signatureOf(request);
        const picked = await pickService(services, request, signature?.service);
        if (picked === undefined) return notFound(services, request, requestId);
        const { service } = picked;
        const safe =
          verifier === undefined ? picked.request : authenticated(picked.request, service.protocol, verifier);
        const response = await service.handle(safe, contextOf(options, request, signature, requestId));
        logger.debug({ service: service.name, method: request.method, status: response.status, requestId }, "answered");
        return response;
      } catch (error) {
        if (request.signal.aborted) throw error;
        if (error instanceof BodyTooLargeError) {
          return jsonError(
            413,
            "RequestEntityTooLargeException",
            `Request must be smaller than ${error.limit} bytes`,
            requestId,
          );
        }
        logger.error({ requestId, error: errorText(error) }, "the gateway failed unexpectedly");
        return jsonError(500, "InternalFailure", `An internal error occurred (request id ${requestId})`, requestId);
      }
    },
  };
}

function contextOf(
  options: GatewayOptions,
  request: AwsHttpRequest,
  signature: Signature | undefined,
  requestId: string,
): RequestContext {
  const accessKeyId = signature?.accessKeyId;
  const region = signature?.region ?? "";
  const scheme = request.headers["x-forwarded-proto"] === "https" ? "https" : "http";
  return {
    account: accessKeyId !== undefined && /^\d{12}$/.test(accessKeyId) ? accessKeyId : options.defaultAccount,
    region: /^[a-z0-9-]{1,64}$/.test(region) ? region : options.defaultRegion,
    accessKeyId,
    requestId,
    endpoint: `${scheme}://${request.headers["host"] ?? "localhost"}`,
    traceHeader: request.headers["x-amzn-trace-id"],
    signal: request.signal,
  };
}

function notFound(services: readonly AwsService[], request: AwsHttpRequest, requestId: string): AwsHttpResponse {
  const names = services.map((service) => service.name).join(", ");
  const target = request.target.split("?")[0]?.slice(0, 200);
  const message = `No service here answers ${request.method} ${target}. This endpoint serves ${names}: sign the request for one of them, or use one of their paths.`;
  return jsonError(404, "UnknownOperationException", message, requestId);
}

function jsonError(status: number, code: string, message: string, requestId: string): AwsHttpResponse {
  const headers = { "content-type": "application/json", "x-amzn-errortype": code, "x-amzn-requestid": requestId };
  return { status, headers, body: Buffer.from(JSON.stringify({ message })) };
}
