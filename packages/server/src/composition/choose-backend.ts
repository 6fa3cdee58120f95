import { FcError } from "@fc/core";
import type { ServerSettings } from "../settings.ts";

/** What runs a service: a cluster of a kind, or a module that exports a backend. */
export type BackendChoice =
  | { readonly kind: "local" }
  | { readonly kind: "k8s" }
  | { readonly kind: "module"; readonly specifier: string };

/**
 * Reads `FAKECLOUD_CONTAINER_BACKEND` and the service's own setting, which wins.
 * @throws FcError `FC_CONFIG_INVALID` for the Docker family, which this server does not drive.
 */
export function chooseBackend(
  service: "lambda" | "elasticache",
  settings: Pick<ServerSettings, "containerBackend" | "lambdaBackend" | "elasticacheBackend">,
): BackendChoice {
  const own = service === "lambda" ? settings.lambdaBackend : settings.elasticacheBackend;
  const name = own === undefined ? "FAKECLOUD_CONTAINER_BACKEND" : `FAKECLOUD_${service.toUpperCase()}_BACKEND`;
  const value = (own ?? settings.containerBackend).trim();
  switch (value.toLowerCase()) {
    case "local":
      return { kind: "local" };
    case "k8s":
    case "kubernetes":
      return { kind: "k8s" };
    case "docker":
    case "podman":
    case "":
      throw new FcError(
        "FC_CONFIG_INVALID",
        `${name}=${value} is not a backend of this server: use local (embedded Kubernetes, the default), k8s (a cluster), or the name of a module that exports a backend`,
        { fault: "user" },
      );
    default:
      return { kind: "module", specifier: value };
  }
}
