import type { V1HostAlias, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { PodContext } from "./pod-context.ts";

const hostsAnnotation = "fakecloud-k8s/hosts";
const volumeName = "hosts";
const path = "/etc/hosts";

/** The names that a function needs: the Runtime API's, and AWS's name of the environment itself, for the listeners of extensions. */
export function hostAliases({ runtimeApi, hostName }: PodContext): V1HostAlias[] {
  return [
    { ip: runtimeApi.ip, hostnames: [hostName] },
    { ip: "127.0.0.1", hostnames: ["sandbox.localdomain", "sandbox"] },
  ];
}

/**
 * An `/etc/hosts` of its own, with the same names, for a container that runs while another one of its Pod starts. The kubelet writes the file that the containers of
 * a Pod share anew whenever one of them starts, and who looks a name up in that moment finds none. What a container mounts there it leaves alone. The file
 * comes from an annotation.
 */
export const ownHosts = {
  annotations: (podName: string, context: PodContext): Record<string, string> => ({
    [hostsAnnotation]: [
      "127.0.0.1\tlocalhost",
      "::1\tlocalhost ip6-localhost ip6-loopback",
      `127.0.0.1\t${podName}`,
      ...hostAliases(context).map(({ ip, hostnames = [] }) => [ip, ...hostnames].join("\t")),
      "",
    ].join("\n"),
  }),
  volume: (): V1Volume => ({
    name: volumeName,
    downwardAPI: {
      items: [{ path: volumeName, fieldRef: { fieldPath: `metadata.annotations['${hostsAnnotation}']` } }],
    },
  }),
  mount: (): V1VolumeMount => ({ name: volumeName, mountPath: path, subPath: volumeName, readOnly: true }),
} as const;
