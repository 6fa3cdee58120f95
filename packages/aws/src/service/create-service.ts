import { errorText, FcError, type Logger, nearestName, silentLogger } from "@fc/core";
import type { RequestContext } from "../context.ts";
import { AwsError } from "../errors/aws-error.ts";
import { resolveError } from "../errors/resolve-error.ts";
import type { AwsHttpRequest, AwsHttpResponse } from "../http/http.ts";
import { BodyTooLargeError, readBody } from "../http/read-body.ts";
import { structureOf } from "../model/load-model.ts";
import type { Protocol, ServiceModel } from "../model/model.ts";
import { createAwsQueryCodec } from "../protocol/aws-query.ts";
import type { ProtocolCodec, RoutedRequest } from "../protocol/protocol.ts";
import { createRestJsonCodec } from "../protocol/rest-json.ts";
import { findViolations } from "../validation/violations.ts";

/** The shape of a generated `LambdaOperations`: operation → input and output. */
export type OperationsShape<Ops> = { readonly [K in keyof Ops]: { readonly input: unknown; readonly output: unknown } };

/** A handler per operation; those left out answer 501. */
export type Handlers<Ops extends OperationsShape<Ops>> = {
  readonly [K in keyof Ops]?: (
    input: Ops[K]["input"],
    context: RequestContext,
  ) => Promise<Ops[K]["output"]> | Ops[K]["output"];
};

/** One AWS service behind its protocol. */
export interface AwsService {
  /** The signing name: `lambda`. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly operations: readonly { readonly name: string; readonly implemented: boolean }[];
  /** Answers every request; rejects only when the client went away. */
  handle(request: AwsHttpRequest, context: RequestContext): Promise<AwsHttpResponse>;
}

export interface ServiceOptions<Ops extends OperationsShape<Ops>> {
  readonly model: ServiceModel;
  readonly handlers: Handlers<Ops>;
  readonly logger?: Logger;
  /** Check inputs against the model's constraints. Default true. */
  readonly validate?: boolean;
}

type AnyHandler = (input: unknown, context: RequestContext) => unknown;

/**
 * Puts handlers behind AWS's protocol: decode → validate → handler → encode.
 *
 * @throws FcError `FC_AWS_UNKNOWN_OPERATION` for a handler that the model has no operation for.
 */
export function createService<Ops extends OperationsShape<Ops>>(options: ServiceOptions<Ops>): AwsService {
  const { model, logger = silentLogger, validate = true } = options;
  const handlers = new Map(Object.entries(options.handlers as Record<string, AnyHandler | undefined>));
  for (const name of handlers.keys()) assertOperation(model, name);
  const codec = model.service.protocol === "restJson1" ? createRestJsonCodec(model) : createAwsQueryCodec(model);
  const service = new Service(model, codec, handlers, logger, validate);
  return {
    name: model.service.name,
    protocol: model.service.protocol,
    operations: Object.keys(model.operations).map((name) => ({ name, implemented: handlers.get(name) !== undefined })),
    handle: (request, context) => service.handle(request, context),
  };
}

function assertOperation(model: ServiceModel, name: string): void {
  if (Object.hasOwn(model.operations, name)) return;
  const nearest = nearestName(name, Object.keys(model.operations));
  const hint = nearest === undefined ? "" : `: did you mean ${nearest}?`;
  throw new FcError("FC_AWS_UNKNOWN_OPERATION", `${model.service.title} has no operation ${name}${hint}`);
}

class Service {
  readonly #model: ServiceModel;
  readonly #codec: ProtocolCodec;
  readonly #handlers: ReadonlyMap<string, AnyHandler | undefined>;
  readonly #logger: Logger;
  readonly #validate: boolean;

  constructor(
    model: ServiceModel,
    codec: ProtocolCodec,
    handlers: ReadonlyMap<string, AnyHandler | undefined>,
    logger: Logger,
    validate: boolean,
  ) {
    this.#model = model;
    this.#codec = codec;
    this.#handlers = handlers;
    this.#logger = logger;
    this.#validate = validate;
  }

  async handle(request: AwsHttpRequest, context: RequestContext): Promise<AwsHttpResponse> {
    let operation: string | undefined;
    try {
      const routed = this.#codec.route(request, await this.#readBody(request));
      operation = routed.operation;
      const output = await this.#call(routed, context);
      const onStreamError = (error: unknown): AwsError => this.#toAwsError(error, routed.operation, context);
      return { ...this.#codec.encode(routed, output, { requestId: context.requestId, onStreamError }), operation };
    } catch (error) {
      if (request.signal.aborted) throw error;
      const answer = this.#toAwsError(error, operation, context);
      return { ...this.#codec.encodeError(resolveError(this.#model, answer), context.requestId), operation };
    }
  }

  async #readBody(request: AwsHttpRequest): Promise<Uint8Array> {
    const limit = this.#codec.bodyLimit(request);
    try {
      return await readBody(request, limit.bytes);
    } catch (error) {
      throw error instanceof BodyTooLargeError ? this.#codec.bodyTooLarge(limit.bytes, limit.operation) : error;
    }
  }

  /** An operation without a handler is decoded and validated all the same, so that its caller sees the first mistake. */
  #call(routed: RoutedRequest, context: RequestContext): unknown {
    const input = routed.decode();
    if (this.#validate && routed.model.input !== undefined) {
      const shape = structureOf(this.#model, routed.model.input);
      const [first, ...rest] = findViolations(this.#model, shape, input, this.#codec.blankIsMissing);
      if (first !== undefined) throw this.#codec.validationError([first, ...rest]);
    }
    const handler = this.#handlers.get(routed.operation);
    if (handler === undefined) throw this.#codec.notImplemented(routed.operation);
    return handler(input, context);
  }

  #toAwsError(error: unknown, operation: string | undefined, context: RequestContext): AwsError {
    if (AwsError.isInstance(error)) return error;
    const fields = { service: this.#model.service.name, operation, requestId: context.requestId };
    const stack = error instanceof Error ? error.stack : undefined;
    this.#logger.error({ ...fields, error: errorText(error), stack }, "an operation failed unexpectedly");
    const message = `An internal error occurred (request id ${context.requestId})`;
    // What was thrown on purpose says what to do, and never a secret.
    return this.#codec.internalError(
      FcError.isInstance(error) ? `${message}: ${error.code}: ${error.message}` : message,
    );
  }
}
