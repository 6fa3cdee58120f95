import { FcError } from "@fc/core";

/** What a container needs is not there (yet): the kubelet's CreateContainerConfigError. Code `FC_CLUSTER_CONTAINER_CONFIG`. */
export class ContainerConfigError extends FcError {
  constructor(message: string) {
    super("FC_CLUSTER_CONTAINER_CONFIG", message, { fault: "user", retryable: true });
  }
}
