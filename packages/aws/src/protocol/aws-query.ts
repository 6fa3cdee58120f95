import { type FormNode, formTree, parseForm } from "../codec/form.ts";
import { decodeForm } from "../codec/query-decode.ts";
import { encodeXmlMembers, escapeXml } from "../codec/xml-encode.ts";
import { AwsError } from "../errors/aws-error.ts";
import type { ResolvedError } from "../errors/resolve-error.ts";
import type { AwsHttpRequest, AwsHttpResponse } from "../http/http.ts";
import { structureOf } from "../model/load-model.ts";
import type { ServiceModel } from "../model/model.ts";
import { queryValidationError } from "../validation/query-text.ts";
import type { ProtocolCodec, RoutedRequest } from "./protocol.ts";

const bodyLimit = 1_048_576;

/** AWS Query, server side: a form in, XML out. */
export function createAwsQueryCodec(model: ServiceModel): ProtocolCodec {
  const namespace = model.service.xmlNamespace ?? "";
  return {
    bodyLimit: () => ({ bytes: bodyLimit, operation: undefined }),
    route: (request, body) => route(model, request, body),
    encode: (routed, output, { requestId }) => {
      const { operation } = routed;
      const outputShape = routed.model.output;
      const members =
        outputShape === undefined ? "" : encodeXmlMembers(model, structureOf(model, outputShape), output ?? {});
      const result = outputShape === undefined ? "" : `<${operation}Result>${members}</${operation}Result>`;
      const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`;
      const xml = `<${operation}Response xmlns="${namespace}">${result}${metadata}</${operation}Response>`;
      return xmlResponse(routed.model.status, xml, requestId);
    },
    encodeError: (error, requestId) => encodeQueryError(namespace, error, requestId),
    blankIsMissing: true,
    validationError: ([first]) => queryValidationError(first),
    bodyTooLarge: (limit) => new AwsError("RequestEntityTooLarge", `Request must be smaller than ${limit} bytes`),
    notImplemented: (operation) =>
      new AwsError(
        "NotImplemented",
        `The operation ${operation} of ${model.service.title} is not implemented by this server`,
      ),
    internalError: (message) => new AwsError("InternalFailure", message),
  };
}

function route(model: ServiceModel, request: AwsHttpRequest, body: Uint8Array): RoutedRequest {
  const form = readForm(request, body);
  const operation = form.children.get("Action")?.value ?? "";
  if (operation === "") throw new AwsError("MissingAction", "The request must contain the parameter Action");
  const operationModel = Object.hasOwn(model.operations, operation) ? model.operations[operation] : undefined;
  if (operationModel === undefined) {
    const version = model.service.apiVersion;
    throw new AwsError("InvalidAction", `Could not find operation ${operation.slice(0, 200)} for version ${version}`);
  }
  const input = operationModel.input;
  const decode = (): Record<string, unknown> =>
    input === undefined ? {} : decodeForm(model, structureOf(model, input), form, "");
  return { operation, model: operationModel, decode };
}

/** The form is the body and the query string together: AWS accepts GET with everything in the query. */
function readForm(request: AwsHttpRequest, body: Uint8Array): FormNode {
  const mark = request.target.indexOf("?");
  const query = mark === -1 ? [] : parseForm(request.target.slice(mark + 1));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new AwsError("MalformedInput", "The request body is not UTF-8", { cause });
  }
  return formTree([...query, ...parseForm(text)]);
}

function encodeQueryError(namespace: string, error: ResolvedError, requestId: string): AwsHttpResponse {
  const type = error.fault === "client" ? "Sender" : "Receiver";
  const message = escapeXml(String(error.members["message"] ?? error.members["Message"] ?? ""));
  const content = `<Error><Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${message}</Message></Error>`;
  const xml = `<ErrorResponse xmlns="${namespace}">${content}<RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`;
  return xmlResponse(error.status, xml, requestId);
}

function xmlResponse(status: number, xml: string, requestId: string): AwsHttpResponse {
  const headers = { "x-amzn-requestid": requestId, "content-type": "text/xml" };
  return { status, headers, body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`) };
}
