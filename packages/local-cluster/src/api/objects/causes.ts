import type { StatusCause } from "../../store/status-error.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** Collects the causes of an Invalid status in the API server's wording. */
export class Causes {
  readonly list: StatusCause[] = [];

  required(field: string, why = ""): void {
    this.list.push({ reason: "FieldValueRequired", message: `Required value${why === "" ? "" : `: ${why}`}`, field });
  }

  invalid(field: string, value: unknown, why: string): void {
    const shown = typeof value === "object" ? JSON.stringify(value) : JSON.stringify(value ?? null);
    this.list.push({ reason: "FieldValueInvalid", message: `Invalid value: ${shown}: ${why}`, field });
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const choices = supported.map((item) => JSON.stringify(item)).join(", ");
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${choices}`;
    this.list.push({ reason: "FieldValueNotSupported", message, field });
  }

  duplicate(field: string, value: unknown): void {
    this.list.push({ reason: "FieldValueDuplicate", message: `Duplicate value: ${JSON.stringify(value)}`, field });
  }

  notFound(field: string, value: unknown): void {
    this.list.push({ reason: "FieldValueNotFound", message: `Not found: ${JSON.stringify(value)}`, field });
  }

  forbidden(field: string, why: string): void {
    this.list.push({ reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field });
  }

  /** A DNS label (RFC 1123): container and volume names, namespaces. */
  label(field: string, value: unknown): void {
    if (value === undefined || value === "") {
      this.required(field);
      return;
    }
    if (typeof value !== "string" || !label.test(value)) {
      this.invalid(field, value, labelRule);
      return;
    }
    if (value.length > 63) this.invalid(field, value, "must be no more than 63 bytes");
  }
}
