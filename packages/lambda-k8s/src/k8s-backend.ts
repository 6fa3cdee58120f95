import { readSettings } from "@fc/core";
import { K8sPodConfig } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import { createLambdaK8sBackend, type LambdaK8sBackendOptions } from "./lambda-k8s-backend.ts";
import { lambdaK8sSettings } from "./settings.ts";

export type K8sBackendDependencies = Omit<LambdaK8sBackendOptions, "settings" | "podConfig">;

/**
 * The backend with its settings and Pod configuration from the environment.
 * @throws SettingsError `FC_CONFIG_INVALID` with every problem
 */
function fromEnv(
  environment: Readonly<Record<string, string | undefined>>,
  dependencies: K8sBackendDependencies,
): LambdaBackend {
  return createLambdaK8sBackend({
    ...dependencies,
    settings: readSettings(lambdaK8sSettings, { environment }),
    podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", environment),
  });
}

/** The backend for servers that are configured by `FAKECLOUD_*`. */
export const K8sBackend: { fromEnv: typeof fromEnv } = { fromEnv };
