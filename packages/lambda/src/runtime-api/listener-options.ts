/** Options for `http.createServer`: a runtime may wait for its next invocation as long as it likes. */
export const listenerOptions: {
  readonly keepAliveTimeout: 0;
  readonly requestTimeout: 0;
  readonly headersTimeout: 0;
  readonly connectionsCheckingInterval: number;
  readonly noDelay: true;
  readonly keepAlive: true;
  readonly keepAliveInitialDelay: number;
} = {
  keepAliveTimeout: 0,
  requestTimeout: 0,
  headersTimeout: 0,
  connectionsCheckingInterval: 0x7fffffff,
  noDelay: true,
  // Finds runtimes whose machine is gone while they wait: quiet connections are probed.
  keepAlive: true,
  keepAliveInitialDelay: 5_000,
};
