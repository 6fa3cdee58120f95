import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "@fc/core";
import {
  createGateway,
  createNodeHandler,
  createService,
  type GatewayOptions,
  type RequestContext,
} from "../../src/index.ts";
import { elastiCacheModel, lambdaModel } from "./models.ts";

/** Handlers of any operation, by name: the tests drive all of them the same way. */
export type AnyHandlers = Readonly<Record<string, (input: unknown, context: RequestContext) => unknown>>;

export interface EndpointOptions extends Partial<Pick<GatewayOptions, "signatures" | "clock">> {
  readonly lambda?: AnyHandlers;
  readonly elasticache?: AnyHandlers;
  readonly validate?: boolean;
  readonly logger?: Logger;
}

export interface TestEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

type AnyOperations = Record<string, { input: unknown; output: unknown }>;

/** Both services behind one gateway on a loopback port. */
export async function startEndpoint(options: EndpointOptions): Promise<TestEndpoint> {
  const { validate = true, signatures, clock, logger } = options;
  const logging = logger === undefined ? {} : { logger };
  const services = [
    createService<AnyOperations>({ model: lambdaModel, handlers: options.lambda ?? {}, validate, ...logging }),
    createService<AnyOperations>({
      model: elastiCacheModel,
      handlers: options.elasticache ?? {},
      validate,
      ...logging,
    }),
  ];
  const gateway = createGateway({
    services,
    defaultAccount: "000000000000",
    defaultRegion: "us-east-1",
    ...(signatures === undefined ? {} : { signatures }),
    ...(clock === undefined ? {} : { clock }),
  });
  const server = createServer(createNodeHandler((request) => gateway.handle(request)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
