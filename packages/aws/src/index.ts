/**
 * AWS's restJson1 and awsQuery protocols, server side, driven by a service model: handlers get typed input and give
 * plain output; routing, decoding, validation, encoding, errors and signatures come from the model.
 *
 * @packageDocumentation
 */
export type { RequestContext } from "./context.ts";
export { AwsError, type AwsErrorOptions } from "./errors/aws-error.ts";
export { createGateway, type Gateway, type GatewayAnswer, type GatewayOptions } from "./gateway/create-gateway.ts";
export { createFetchHandler } from "./http/fetch-handler.ts";
export type { AwsHttpRequest, AwsHttpResponse, HttpConnection } from "./http/http.ts";
export { createNodeHandler } from "./http/node-handler.ts";
export { BodyTooLargeError, readBody } from "./http/read-body.ts";
export { loadModel, ModelError } from "./model/load-model.ts";
export type {
  ErrorTraits,
  ListShape,
  MapShape,
  MemberLocation,
  MemberModel,
  OperationModel,
  Protocol,
  ServiceModel,
  ServiceTraits,
  Shape,
  SimpleShape,
  SimpleType,
  StructureShape,
} from "./model/model.ts";
export {
  type AwsService,
  createService,
  type Handlers,
  type OperationsShape,
  type ServiceOptions,
} from "./service/create-service.ts";
export { createSignatureCheck, type SignatureCheck, type SignatureCheckOptions } from "./sigv4/check-signature.ts";
