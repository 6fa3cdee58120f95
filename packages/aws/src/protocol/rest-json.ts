import { encodeStructure } from "../codec/json-encode.ts";
import { AwsError } from "../errors/aws-error.ts";
import type { ResolvedError } from "../errors/resolve-error.ts";
import type { AwsHttpRequest, AwsHttpResponse } from "../http/http.ts";
import { parseTarget } from "../http/target.ts";
import type { MemberModel, ServiceModel } from "../model/model.ts";
import { createRestRouter } from "../routing/rest-router.ts";
import { restJsonValidationError } from "../validation/rest-json-text.ts";
import type { ProtocolCodec } from "./protocol.ts";
import { decodeRestInput } from "./rest-json-request.ts";
import { boundHeaders, encodeRestOutput } from "./rest-json-response.ts";

// AWS Lambda's limit for a synchronous invocation, the largest of the operations without one of their own.
const defaultBodyLimit = 6_291_556;

// AWS's own name for the operation in its messages.
const displayNames: Readonly<Record<string, string>> = { Invoke: "InvokeFunction" };

/** AWS restJson1, server side. */
export function createRestJsonCodec(model: ServiceModel): ProtocolCodec {
  const router = createRestRouter(model);
  const find = (request: AwsHttpRequest): ReturnType<typeof router> =>
    router(request.method, parseTarget(request.target));
  return {
    bodyLimit: (request) => {
      const match = find(request);
      return { bytes: match?.model.maxBodyBytes ?? defaultBodyLimit, operation: match?.operation };
    },
    route: (request, body) => {
      const target = parseTarget(request.target);
      const match = router(request.method, target);
      if (match === undefined) throw unknownOperation();
      const decode = (): Record<string, unknown> => decodeRestInput(model, { request, target, match, body });
      return { operation: match.operation, model: match.model, decode };
    },
    encode: (routed, output, options) =>
      encodeRestOutput(model, routed.model, (output ?? {}) as Readonly<Record<string, unknown>>, options),
    encodeError: (error, requestId) => encodeRestError(model, error, requestId),
    blankIsMissing: false,
    validationError: restJsonValidationError,
    bodyTooLarge: (limit, operation) => {
      const suffix = operation === undefined ? "" : ` for the ${displayNames[operation] ?? operation} operation`;
      return new AwsError("RequestEntityTooLargeException", `Request must be smaller than ${limit} bytes${suffix}`);
    },
    notImplemented: (operation) =>
      new AwsError(
        "NotImplementedException",
        `The operation ${operation} of ${model.service.title} is not implemented by this server`,
      ),
    internalError: (message) => new AwsError("ServiceException", message, { httpStatus: 500 }),
  };
}

// AWS answers an unmatched path or method so, as XML; JSON here, which every SDK can read.
const unknownOperation = (): AwsError =>
  new AwsError("AccessDeniedException", "Unable to determine service/operation name to be authorized");

function encodeRestError(model: ServiceModel, error: ResolvedError, requestId: string): AwsHttpResponse {
  const isBody = (member: MemberModel): boolean => member.in === undefined;
  const shape = error.shape;
  const body = shape === undefined ? error.members : encodeStructure(model, shape, error.members, isBody);
  const headers = {
    "x-amzn-requestid": requestId,
    "x-amzn-errortype": error.code,
    "content-type": "application/json",
    ...(shape === undefined ? {} : boundHeaders(model, shape, error.members)),
  };
  return { status: error.status, headers, body: Buffer.from(JSON.stringify(body)) };
}
