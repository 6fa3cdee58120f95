import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Container } from "@kubernetes/client-node";
import { accessDirectory, accessFiles, accessMount } from "../access/access-volume.ts";
import { enginePort } from "../engines/engine-arguments.ts";
import { type CacheImages, imageFor } from "../engines/images.ts";
import { cacheContainer } from "../pod/cache-names.ts";
import { discoveryProgram } from "./discovery-program.ts";

/** In the place of an engine: what answers at the configuration endpoint of a memcached cluster. */
export function discoveryContainer(
  spec: CacheNodeSpec,
  options: {
    readonly images?: CacheImages;
    readonly discovered?: string | undefined;
    readonly accessSecret?: string | undefined;
  },
): V1Container {
  const port = enginePort(spec.engine);
  const secure = spec.access?.tls !== undefined;
  return {
    name: cacheContainer,
    image: imageFor("proxy", options.images),
    command: ["node", "-e", discoveryProgram],
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "LISTEN_PORT", value: String(port) },
      { name: "NODES", value: options.discovered ?? "" },
      { name: "CONFIGURATION_VERSION", value: String(spec.discovers?.version ?? 1) },
      { name: "ENGINE_VERSION", value: spec.engineVersion },
      ...(secure
        ? [
            { name: "TLS_CERTIFICATE", value: `${accessDirectory}/${accessFiles.certificate}` },
            { name: "TLS_KEY", value: `${accessDirectory}/${accessFiles.key}` },
          ]
        : []),
    ],
    ports: [{ name: "cache", containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 3 },
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: "256Mi" } },
    ...(options.accessSecret === undefined ? {} : { volumeMounts: [accessMount()] }),
  };
}
