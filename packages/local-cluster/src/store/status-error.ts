import { FcError } from "@fc/core";

/** One cause of an Invalid status: which field, and why. */
export interface StatusCause {
  reason: string;
  message: string;
  field?: string;
}

/** The body of every failure of the Kubernetes API (`meta/v1 Status`). */
export interface StatusBody {
  kind: "Status";
  apiVersion: "v1";
  metadata: { continue?: string };
  status: "Failure";
  message: string;
  reason: string;
  details?: StatusDetails;
  code: number;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** What an error message needs to know of a resource. */
export interface ResourceName {
  readonly plural: string;
  readonly group: string;
  readonly kind: string;
  /** Whether `metadata.generation` counts the changes of its spec. */
  readonly hasGeneration?: boolean;
}

/** A failure that the API answers with: HTTP code and Kubernetes Status. Its `code` is `FC_CLUSTER_STATUS`. */
export class StatusError extends FcError {
  readonly status: StatusBody;

  constructor(httpCode: number, reason: string, message: string, details?: StatusDetails) {
    super("FC_CLUSTER_STATUS", message, {
      fault: httpCode < 500 ? "user" : "system",
      details: { httpCode, reason },
    });
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code: httpCode,
    };
  }

  static override isInstance(error: unknown): error is StatusError {
    return FcError.isInstance(error, "FC_CLUSTER_STATUS");
  }

  static badRequest(message: string): StatusError {
    return new StatusError(400, "BadRequest", message);
  }

  static unauthorized(): StatusError {
    return new StatusError(401, "Unauthorized", "Unauthorized");
  }

  static forbidden(resource: ResourceName, name: string, why: string, causes?: StatusCause[]): StatusError {
    const named = name === "" ? "" : ` "${name}"`;
    const message = `${qualified(resource)}${named} is forbidden: ${why}`;
    const details = { ...of(resource, name), ...(causes === undefined ? {} : { causes }) };
    return new StatusError(403, "Forbidden", message, details);
  }

  static notFound(resource: ResourceName, name: string): StatusError {
    return new StatusError(404, "NotFound", `${qualified(resource)} "${name}" not found`, of(resource, name));
  }

  /** A path that names nothing this server has. */
  static unknownPath(): StatusError {
    return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
  }

  static methodNotAllowed(): StatusError {
    const message = "the server does not allow this method on the requested resource";
    return new StatusError(405, "MethodNotAllowed", message, {});
  }

  static alreadyExists(resource: ResourceName, name: string): StatusError {
    const message = `${qualified(resource)} "${name}" already exists`;
    return new StatusError(409, "AlreadyExists", message, of(resource, name));
  }

  static conflict(resource: ResourceName, name: string, why: string = changed): StatusError {
    const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
    return new StatusError(409, "Conflict", message, of(resource, name));
  }

  static expired(message: string): StatusError {
    return new StatusError(410, "Expired", message);
  }

  static unsupportedMediaType(accepted: readonly string[]): StatusError {
    const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
    return new StatusError(415, "UnsupportedMediaType", message);
  }

  /** `causes` become one message each, as the API server joins them. */
  static invalid(resource: ResourceName, name: string, causes: readonly StatusCause[]): StatusError {
    const texts = causes.map((cause) =>
      cause.field === undefined ? cause.message : `${cause.field}: ${cause.message}`,
    );
    const [first = ""] = texts;
    const joined = texts.length > 1 ? `[${texts.join(", ")}]` : first;
    const kind = resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`;
    const message = `${kind} "${name}" is invalid: ${joined}`;
    const details = { name, kind: resource.kind, causes: [...causes] };
    return new StatusError(422, "Invalid", message, {
      ...details,
      ...(resource.group === "" ? {} : { group: resource.group }),
    });
  }

  static internal(message: string): StatusError {
    return new StatusError(500, "InternalError", message);
  }
}

const changed = "the object has been modified; please apply your changes to the latest version and try again";

function qualified(resource: ResourceName): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

// In every status but Invalid the API server puts the resource's name where the field is called "kind".
function of(resource: ResourceName, name: string): StatusDetails {
  return { name, ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.plural };
}
