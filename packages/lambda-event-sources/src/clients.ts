import { EventSourceError } from "@fc/lambda/event-sources";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { EventSourceSettings } from "./settings.ts";

/** What every client of the AWS SDK is made with. */
export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly ignoreConfiguredEndpointUrls?: boolean;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: NodeHttpHandler;
}

/** A client of the AWS SDK, as far as it is all the same. */
interface Client {
  destroy(): void;
}

/** Every mapping holds a connection while it waits for messages. The SDK's own limit of 50 would let mappings starve each other. */
const agent = { keepAlive: true, maxSockets: 2_000 };
const transport = { httpAgent: agent, httpsAgent: agent, connectionTimeout: 5_000, requestTimeout: 60_000 };

/** The clients of the AWS SDK, one per service and region, each loaded and made when it is needed first. */
export class Clients {
  readonly #settings: EventSourceSettings;
  readonly #made = new Map<string, Promise<Client>>();

  constructor(settings: EventSourceSettings) {
    this.#settings = settings;
  }

  /**
   * The client for the region of an ARN.
   * @throws EventSourceError `FC_EVENT_SOURCE_NOT_CONFIGURED` without an endpoint
   */
  of<T extends Client>(service: string, arn: string, make: (config: ClientConfig) => T): Promise<T> {
    return this.at(service, arn.split(":")[3] ?? "", arn, make);
  }

  /**
   * The client for a region.
   * @param name of what is to be reached, for the error
   * @throws EventSourceError `FC_EVENT_SOURCE_NOT_CONFIGURED` without an endpoint
   */
  async at<T extends Client>(
    service: string,
    region: string,
    name: string,
    make: (config: ClientConfig) => T,
  ): Promise<T> {
    const place = this.#placeOf(service, region, name);
    const key = `${service} ${region}`;
    let client = this.#made.get(key) as Promise<T> | undefined;
    if (client === undefined) {
      client = this.#make(place, make);
      this.#made.set(key, client);
    }
    return await client;
  }

  async close(): Promise<void> {
    const made = await Promise.allSettled(this.#made.values());
    this.#made.clear();
    for (const client of made) if (client.status === "fulfilled") client.value.destroy();
  }

  async #make<T extends Client>(
    place: Omit<ClientConfig, "requestHandler">,
    make: (config: ClientConfig) => T,
  ): Promise<T> {
    // Kinesis's client would speak HTTP/2, which emulators do not.
    const { NodeHttpHandler } = await import("@smithy/node-http-handler");
    return make({ ...place, requestHandler: new NodeHttpHandler(transport) });
  }

  #placeOf(service: string, region: string, name: string): Omit<ClientConfig, "requestHandler"> {
    const { accessKeyId, secretAccessKey } = this.#settings;
    const endpoint = this.#endpointOf(service);
    const setting = service === "logs" ? "FAKECLOUD_LAMBDA_LOGS_ENDPOINT" : "FAKECLOUD_EVENT_SOURCE_ENDPOINT";
    if (endpoint === undefined)
      throw new EventSourceError(
        "FC_EVENT_SOURCE_NOT_CONFIGURED",
        `${name} cannot be reached: this server does not know where that service is. Start it with ${setting} set to the URL of an emulator of it, or to aws.`,
        { fault: "user" },
      );
    // AWS_ENDPOINT_URL usually names this very server.
    const place = endpoint === "aws" ? { region, ignoreConfiguredEndpointUrls: true } : { region, endpoint };
    if (endpoint === "aws" && accessKeyId === undefined) return place;
    return {
      ...place,
      credentials: { accessKeyId: accessKeyId ?? "test", secretAccessKey: secretAccessKey ?? "test" },
    };
  }

  /** Logs are shipped only where that was asked for. */
  #endpointOf(service: string): string | undefined {
    const { endpoint, endpoints = {}, logsEndpoint } = this.#settings;
    if (service === "logs") return logsEndpoint;
    return Object.hasOwn(endpoints, service) ? endpoints[service] : endpoint;
  }
}
