export type { RequestContext } from "./context.ts";
export type { AwsHttpRequest, AwsHttpResponse } from "./http.ts";
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
