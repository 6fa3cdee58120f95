import { type SettingProblem, SettingsError, type SettingsInput, type SettingsTable, tryReadSettings } from "@fc/core";
import { type ElastiCacheSettings, elastiCacheSettings } from "@fc/elasticache";
import { type ElastiCacheK8sSettings, elastiCacheK8sSettings } from "@fc/elasticache-k8s";
import { k8sClientSettings, k8sSettings, podConfigSettings } from "@fc/k8s";
import { type LambdaSettings, lambdaSettings } from "@fc/lambda";
import { type EventSourceSettings, eventSourceSettings } from "@fc/lambda-event-sources";
import { type LambdaK8sSettings, lambdaK8sSettings } from "@fc/lambda-k8s";
import { type ServerSettings, serverSettings } from "./settings.ts";

export interface AllSettings {
  readonly server: ServerSettings;
  readonly lambda: LambdaSettings;
  readonly lambdaK8s: LambdaK8sSettings;
  readonly eventSources: EventSourceSettings;
  readonly elasticache: ElastiCacheSettings;
  readonly elasticacheK8s: ElastiCacheK8sSettings;
}

/** Every settings table that the server reads, by the heading under which it is documented. */
export const settingsTables: Readonly<Record<string, object>> = {
  Server: serverSettings,
  Lambda: lambdaSettings,
  "Lambda on Kubernetes": lambdaK8sSettings,
  "Lambda event sources": eventSourceSettings,
  ElastiCache: elastiCacheSettings,
  "ElastiCache on Kubernetes": elastiCacheK8sSettings,
  Kubernetes: k8sSettings,
  "Kubernetes client": k8sClientSettings,
  "Pod configuration": podConfigSettings("FAKECLOUD_K8S"),
  "Pod configuration of functions": podConfigSettings("FAKECLOUD_LAMBDA_K8S"),
  "Pod configuration of caches": podConfigSettings("FAKECLOUD_ELASTICACHE_K8S"),
};

/**
 * Reads the settings of the server and of all it composes. (Those of Kubernetes are read when a cluster is asked for: the
 * embedded one needs none.)
 * @throws SettingsError `FC_CONFIG_INVALID` with the problems of all tables together.
 */
export function readAllSettings(input: SettingsInput): AllSettings {
  const problems: SettingProblem[] = [];
  const read = <T>(table: SettingsTable<T>): T => {
    const result = tryReadSettings(table, input);
    problems.push(...result.problems);
    return result.values;
  };
  const all: AllSettings = {
    server: read(serverSettings),
    lambda: read(lambdaSettings),
    lambdaK8s: read(lambdaK8sSettings),
    eventSources: read(eventSourceSettings),
    elasticache: read(elastiCacheSettings),
    elasticacheK8s: read(elastiCacheK8sSettings),
  };
  problems.push(...storageProblems(all.server), ...tlsProblems(all.server));
  if (problems.length > 0) throw new SettingsError(problems);
  return all;
}

function storageProblems({ storageMode, dataPath }: ServerSettings): SettingProblem[] {
  const setting = "FAKECLOUD_DATA_PATH";
  if (storageMode === "persistent" && dataPath === undefined)
    return [{ setting, value: undefined, expected: "a folder for FAKECLOUD_STORAGE_MODE=persistent" }];
  if (storageMode === "memory" && dataPath !== undefined)
    return [
      { setting, value: dataPath, expected: "no value with FAKECLOUD_STORAGE_MODE=memory: nothing would be kept" },
    ];
  return [];
}

function tlsProblems({ tlsCert, tlsKey }: ServerSettings): SettingProblem[] {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return [];
  const [setting, other] =
    tlsCert === undefined ? ["FAKECLOUD_TLS_CERT", "FAKECLOUD_TLS_KEY"] : ["FAKECLOUD_TLS_KEY", "FAKECLOUD_TLS_CERT"];
  return [{ setting, value: undefined, expected: `a file, because ${other} is set` }];
}
