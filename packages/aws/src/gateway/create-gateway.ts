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
  /** Is told of every answer: for metrics. Must not throw, and not take long. */
  readonly onAnswer?: (answer: GatewayAnswer) => void;
}

/** What the gateway answered, once the answer is there; one that is streamed goes on. */
export interface GatewayAnswer {
  /** Undefined when no service took the request. */
  readonly service: string | undefined;
  /** Undefined when the request names none that the service has. */
  readonly operation: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

export interface Gateway {
  /** Answers every request; rejects only when the client went away. */
  handle(request: AwsHttpRequest): Promise<AwsHttpResponse>;
}

/** One endpoint for several services: finds the service, the account and the region of each request. */
export function createGateway(options: GatewayOptions): Gateway {
  const { services, logger = silentLogger, newRequestId = randomUUID } = options;
  const { clock = systemClock, onAnswer } = options;
  const verifier =
    options.signatures === undefined ? undefined : new SignatureVerifier(options.signatures.secrets, clock);
  return {
    handle: async (request) => {
      const requestId = newRequestId();
      const startedAt = clock.now();
      let serviceName: string | undefined;
      const answered = (response: AwsHttpResponse): AwsHttpResponse => {
        const { status, operation } = response;
        onAnswer?.({ service: serviceName, operation, status, durationMs: clock.now() - startedAt });
        return response;
      };
      try {
        const signature = signatureOf(request);
        const picked = await pickService(services, request, signature?.service);
        if (picked === undefined) return answered(notFound(services, request, requestId));
        const { service } = picked;
        serviceName = service.name;
        const safe =
          verifier === undefined ? picked.request : authenticated(picked.request, service.protocol, verifier);
        const response = await service.handle(safe, contextOf(options, request, signature, requestId));
        const { operation, status } = response;
        logger.debug({ service: service.name, operation, method: request.method, status, requestId }, "answered");
        return answered(response);
      } catch (error) {
        if (request.signal.aborted) throw error;
        if (error instanceof BodyTooLargeError) {
          const message = `Request must be smaller than ${error.limit} bytes`;
          return answered(jsonError(413, "RequestEntityTooLargeException", message, requestId));
        }
        logger.error({ requestId, error: errorText(error) }, "the gateway failed unexpectedly");
        const message = `An internal error occurred (request id ${requestId})`;
        return answered(jsonError(500, "InternalFailure", message, requestId));
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
  const isEncrypted = request.headers["x-forwarded-proto"] === "https" || request.connection?.encrypted === true;
  return {
    account: accessKeyId !== undefined && /^\d{12}$/.test(accessKeyId) ? accessKeyId : options.defaultAccount,
    region: /^[a-z0-9-]{1,64}$/.test(region) ? region : options.defaultRegion,
    accessKeyId,
    requestId,
    endpoint: `${isEncrypted ? "https" : "http"}://${request.headers["host"] ?? "localhost"}`,
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
