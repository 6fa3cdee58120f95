import type { ServiceModel, StructureShape } from "../model/model.ts";
import type { AwsError } from "./aws-error.ts";

/** What the protocols need to send an error. */
export interface ResolvedError {
  /** The code on the wire. */
  readonly code: string;
  readonly status: number;
  readonly fault: "client" | "server";
  readonly shape: StructureShape | undefined;
  /** By the model's member names, the message among them under the casing of the model. */
  readonly members: Readonly<Record<string, unknown>>;
}

// Errors that AWS sends and no model holds.
const unmodelledStatus: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AccessDeniedException: 403,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 403,
  NotImplemented: 501,
  NotImplementedException: 501,
  RequestEntityTooLarge: 413,
  RequestEntityTooLargeException: 413,
  SignatureDoesNotMatch: 403,
  Throttling: 400,
  ThrottlingException: 400,
  UnrecognizedClientException: 403,
};

/** Finds the error in the model by its shape name or its wire code. */
export function resolveError(model: ServiceModel, error: AwsError): ResolvedError {
  const found = findShape(model, error.code);
  const status = error.httpStatus ?? found?.shape.error?.status ?? unmodelledStatus[error.code] ?? 400;
  const fault = status >= 500 ? "server" : "client";
  if (found === undefined) {
    return { code: error.code, status, fault, shape: undefined, members: { message: error.message, ...error.members } };
  }
  const { name, shape } = found;
  const members: Record<string, unknown> = { ...error.members };
  const messageMember = Object.keys(shape.members).find((member) => member.toLowerCase() === "message") ?? "message";
  members[messageMember] = error.message;
  if (shape.members["Type"] !== undefined) members["Type"] ??= fault === "client" ? "User" : "Service";
  return { code: shape.error?.code ?? name, status, fault, shape, members };
}

function findShape(model: ServiceModel, code: string): { name: string; shape: StructureShape } | undefined {
  const direct = Object.hasOwn(model.shapes, code) ? model.shapes[code] : undefined;
  if (direct?.type === "structure" && direct.error !== undefined) return { name: code, shape: direct };
  for (const [name, shape] of Object.entries(model.shapes)) {
    if (shape.type === "structure" && shape.error?.code === code) return { name, shape };
  }
  return undefined;
}
