import type { K8sClient } from "@fc/k8s";
import type { LambdaK8sBackendOptions } from "../src/index.ts";
import { startRuntimeListener } from "./runtime-listener.ts";

/** A cluster, and what backends of this process need there. Backends are disposed of before it. */
export interface TestBed extends AsyncDisposable {
  readonly client: K8sClient;
  /** A client as another server has it. It is disposed of by who asked for it. */
  readonly connect: () => Promise<K8sClient>;
  /** What a backend is made with; its Pods reach this process. */
  readonly options: LambdaK8sBackendOptions;
  /** Another address where Pods reach it, if there is one. */
  readonly otherHost: string | undefined;
}

export interface ClusterAtHand {
  readonly connect: () => Promise<K8sClient>;
  /** Where this process listens. */
  readonly listensOn: string;
  /** Where Pods reach it. */
  readonly host: string;
  readonly otherHost: string | undefined;
  readonly close: () => Promise<void>;
}

export async function makeTestBed({ connect, listensOn, host, otherHost, close }: ClusterAtHand): Promise<TestBed> {
  const client = await connect();
  const listener = await startRuntimeListener(listensOn);
  return {
    client,
    connect,
    otherHost,
    options: {
      client,
      runtimeApi: listener.runtimeApi,
      runtimeApiAddress: { host, port: listener.port },
      awsEndpointUrl: "http://aws.test:4566",
    },
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await close();
    },
  };
}
