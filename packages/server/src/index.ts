/**
 * The bundled server: AWS Lambda and ElastiCache at one endpoint, on the embedded Kubernetes or on a real one.
 *
 * ```ts
 * await using server = await createServer({ flags: { addr: ":0" } });
 * const lambda = new LambdaClient({ endpoint: server.url });
 * ```
 *
 * @packageDocumentation
 */
export type { BackendContext } from "./composition/load-backend-module.ts";
export { settingsTables } from "./read-all-settings.ts";
export { createServer, type Server, type ServerOptions } from "./server.ts";
export { type ServerSettings, serverSettings } from "./settings.ts";
