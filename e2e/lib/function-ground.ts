import { randomBytes } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
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
 * restricted. To be called at the top of the file.
 */
export function functionGround(): FunctionGround {
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
