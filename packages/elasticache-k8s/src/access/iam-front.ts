import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Container } from "@kubernetes/client-node";
import { accessDirectory, accessFiles, accessMount } from "./access-volume.ts";
import { bothWaysPorts } from "./both-ways.ts";
import { iamFrontProgram } from "./iam-front-program.ts";
import { iamFrontName } from "./iam-users.ts";

/** Files of a node's Secret that only the front has, by way of its environment. */
export const iamFiles = { url: "iam.url", token: "iam.token" } as const;

/** AWS ends a connection after twelve hours without another token. */
const sessionSeconds = 12 * 3600;

/** Serves on the port that clients know, like what stands before an engine that takes both kinds of connection, and in its place. */
export function iamFrontContainer(
  spec: CacheNodeSpec,
  options: { readonly image: string; readonly port: number; readonly secretName: string },
): V1Container {
  const { plain, tls } = bothWaysPorts(options.port);
  const file = (name: string): string => `${accessDirectory}/${name}`;
  const fromSecret = (key: string) => ({ secretKeyRef: { name: options.secretName, key } });
  return {
    name: iamFrontName,
    image: options.image,
    restartPolicy: "Always",
    command: ["node", "-e", iamFrontProgram],
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "LISTEN_PORT", value: String(options.port) },
      ...(spec.access?.tls === "preferred" ? [{ name: "PLAIN_PORT", value: String(plain) }] : []),
      { name: "TLS_PORT", value: String(tls) },
      { name: "TLS_CERTIFICATE", value: file(accessFiles.certificate) },
      { name: "TLS_KEY", value: file(accessFiles.key) },
      { name: "TLS_AUTHORITY", value: file(accessFiles.authority) },
      { name: "SESSION_SECONDS", value: String(sessionSeconds) },
      { name: "NODE_KEY", value: spec.nodeKey },
      { name: "LOGIN_URL", valueFrom: fromSecret(iamFiles.url) },
      { name: "LOGIN_TOKEN", valueFrom: fromSecret(iamFiles.token) },
    ],
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: "256Mi" } },
    volumeMounts: [accessMount()],
  };
}
