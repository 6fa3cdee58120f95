import { randomBytes } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { givenServer } from "./given-server.ts";
import { createNamespace, kubectl, machineAddress, startServerOnCluster } from "./server-on-cluster.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** Where the tests of a file run their functions: they are the same for every cluster. */
export interface FunctionGround {
  readonly startServer: (options?: {
    readonly args?: readonly string[];
    readonly environment?: Record<string, string>;
  }) => Promise<ServerProcess>;
  /** The address at which functions reach this machine. */
  readonly machineAddress: () => Promise<string>;
}

/**
 * The embedded cluster, or in the project `cluster` a namespace of this file's own on the cluster of KUBECONFIG, with Pod Security
 * restricted; or a server that runs already, FC_E2E_SERVER, for files that need no settings of their own: its functions reach whoever
 * runs the tests at FC_E2E_ADDRESS. To be called at the top of the file.
 */
export function functionGround(): FunctionGround {
  const { FC_E2E_SERVER: given, FC_E2E_ADDRESS: address = "" } = process.env;
  if (given !== undefined)
    return { startServer: async () => givenServer(given), machineAddress: () => Promise.resolve(address) };
  if (process.env["FC_E2E_CLUSTER"] !== "real")
    return { startServer, machineAddress: () => Promise.resolve("127.0.0.1") };
  const namespace = `fc-e2e-${randomBytes(4).toString("hex")}`;
  beforeAll(() => createNamespace(namespace));
  afterAll(() => kubectl("delete", "namespace", namespace, "--wait=false"));
  return {
    startServer: ({ args, environment } = {}) => startServerOnCluster(namespace, environment, args),
    machineAddress,
  };
}
