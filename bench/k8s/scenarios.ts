import { randomUUID } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";

export const sequentialCalls = 200;
export const watchEvents = 1_000;
/** Tells when a change was written. */
export const stampAnnotation = "fc-bench/stamp";
export const execBytes: number = 64 * 1_024 * 1_024;
const startsPerRound = 5;

/** A small Pod that runs until it is deleted. */
export function podThatRuns(name: string): V1Pod {
  return {
    metadata: { name, labels: { "fakecloud-managed-by": "fakecloud" } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: "main", image: "busybox:1.36", imagePullPolicy: "IfNotPresent", command: ["sleep", "3600"] },
      ],
    },
  };
}

/** As many as are started in one round, one after another. */
export function podsToStart(): V1Pod[] {
  return Array.from({ length: startsPerRound }, () => podThatRuns(`bench-${randomUUID().slice(0, 8)}`));
}
