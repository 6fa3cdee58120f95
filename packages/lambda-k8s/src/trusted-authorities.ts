import type { V1EnvVar, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { LambdaK8sSettings } from "./settings.ts";

const volumeName = "ca";
const folder = "/etc/fakecloud-ca";
const file = "ca.crt";
/** Where the AWS SDKs, their languages' own libraries and curl look. */
const variables = ["NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

type CaSetting = Pick<LambdaK8sSettings, "caConfigMap">;

/** The certificate authorities that the operator has functions trust, as a volume: Node.js wants the file when it starts. */
export function authorityVolumes({ caConfigMap }: CaSetting): V1Volume[] {
  return caConfigMap === undefined ? [] : [{ name: volumeName, configMap: { name: caConfigMap } }];
}

export function authorityMounts({ caConfigMap }: CaSetting): V1VolumeMount[] {
  return caConfigMap === undefined ? [] : [{ name: volumeName, mountPath: folder, readOnly: true }];
}

/** @param taken names that the function sets itself */
export function authorityVariables({ caConfigMap }: CaSetting, taken: readonly string[] = []): V1EnvVar[] {
  if (caConfigMap === undefined) return [];
  return variables.filter((name) => !taken.includes(name)).map((name) => ({ name, value: `${folder}/${file}` }));
}
