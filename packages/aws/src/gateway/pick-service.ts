import { parseForm } from "../codec/form.ts";
import { AwsError } from "../errors/aws-error.ts";
import type { AwsHttpRequest } from "../http/http.ts";
import { readBody } from "../http/read-body.ts";
import type { AwsService } from "../service/create-service.ts";

export interface Picked {
  readonly service: AwsService;
  /** The request, whose body may have been read and is there again. */
  readonly request: AwsHttpRequest;
}

const maxFormBytes = 1_048_576;

/** By the service of the signature, else the Host's first label, else a dated path (REST), else an Action (Query). */
export function pickService(
  services: readonly AwsService[],
  request: AwsHttpRequest,
  signedService: string | undefined,
): Picked | Promise<Picked | undefined> | undefined {
  const byName = (name: string | undefined): AwsService | undefined =>
    services.find((service) => service.name === name);
  const direct =
    byName(signedService) ?? byName(/^([a-z]+)\./i.exec(request.headers["host"] ?? "")?.[1]?.toLowerCase());
  if (direct !== undefined) return { service: direct, request };
  if (/^(https?:\/\/[^/]*)?\/20\d\d-\d\d-\d\d\//i.test(request.target)) {
    const rest = services.find((service) => service.protocol === "restJson1");
    return rest === undefined ? undefined : { service: rest, request };
  }
  const query = services.find((service) => service.protocol === "awsQuery");
  return query === undefined ? undefined : withAction(query, request);
}

async function withAction(service: AwsService, request: AwsHttpRequest): Promise<Picked | undefined> {
  if (/[?&]Action=/.test(request.target)) return { service, request };
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "")) return undefined;
  const body = await readBody(request, maxFormBytes);
  const replayed = { ...request, body: once(body) };
  return hasAction(Buffer.from(body).toString("utf8")) ? { service, request: replayed } : undefined;
}

function hasAction(text: string): boolean {
  try {
    return parseForm(text).some(([key]) => key === "Action");
  } catch (error) {
    // A form that cannot be read is the service's to refuse.
    if (AwsError.isInstance(error)) return text.includes("Action=");
    throw error;
  }
}

// biome-ignore lint/suspicious/useAwait: a body is asynchronous, this one is at hand
async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
