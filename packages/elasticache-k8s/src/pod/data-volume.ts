import type { V1Pod, V1Volume, V1VolumeMount } from "@kubernetes/client-node";

const volumeName = "data";

/** Where an engine has its data: on the claim, which outlives the Pod, or with the Pod. */
export function dataVolume(claim: string | undefined): V1Volume {
  return claim === undefined
    ? { name: volumeName, emptyDir: {} }
    : { name: volumeName, persistentVolumeClaim: { claimName: claim } };
}

export function dataMount(): V1VolumeMount {
  return { name: volumeName, mountPath: "/data" };
}

/** The claim that a Pod has its data on. */
export function claimOf(pod: V1Pod | undefined): string | undefined {
  return pod?.spec?.volumes?.find(({ name }) => name === volumeName)?.persistentVolumeClaim?.claimName;
}
