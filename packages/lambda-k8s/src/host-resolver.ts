import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { errorText } from "@fc/core";
import { BackendError } from "@fc/lambda/backend";

/** Looks an address up. */
export type Lookup = (host: string) => Promise<string>;

/** The address of a host, looked up once and again after {@link HostResolver.forget}. Pods know it only as an address. */
export class HostResolver {
  readonly #host: string;
  readonly #lookup: Lookup;
  #address: Promise<string> | undefined;

  constructor(host: string, resolve: Lookup = async (name) => (await lookup(name)).address) {
    this.#host = host.replace(/^\[|\]$/g, "");
    this.#lookup = resolve;
  }

  /** @throws BackendError `FC_LAMBDA_LAUNCH_FAILED` with reason `HostNotFound` */
  async address(): Promise<string> {
    if (isIP(this.#host) !== 0) return this.#host;
    this.#address ??= this.#lookup(this.#host);
    try {
      return await this.#address;
    } catch (error) {
      this.forget();
      const message = `The Runtime API's host ${this.#host} has no address: ${errorText(error)}. Pods reach the server by address`;
      throw new BackendError("FC_LAMBDA_LAUNCH_FAILED", message, {
        retryable: true,
        details: { reason: "HostNotFound" },
        cause: error,
      });
    }
  }

  /** Looks it up again next time: it may have changed. */
  forget(): void {
    this.#address = undefined;
  }
}
