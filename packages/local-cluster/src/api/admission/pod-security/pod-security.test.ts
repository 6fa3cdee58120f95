import { expect, test } from "vitest";
import type { KubeObject } from "../../../store/kube-object.ts";
import { podPolicy } from "./pod-policy.ts";
import { restrictedChecks } from "./restricted-checks.ts";

const securityContext = {
  ...{ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true },
  seccompProfile: { type: "RuntimeDefault" },
};

function pod(spec: object, container: object = {}): KubeObject {
  const containers = [{ name: "main", image: "i", securityContext, ...container }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers, ...spec } };
}

function violations(checked: KubeObject): string[] {
  return restrictedChecks.flatMap((check) => {
    const found = check(checked);
    return found === undefined ? [] : [`${found.reason}: ${found.detail}`];
  });
}

const setting = (more: object): object => ({ securityContext: { ...securityContext, ...more } });

// The texts are those of k8s.io/pod-security-admission 0.34.
test.each<[string, KubeObject, string[]]>([
  ["a Pod that keeps to it", pod({}), []],
  ["NET_BIND_SERVICE", pod({}, setting({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } })), []],
  [
    "another capability",
    pod({}, setting({ capabilities: { drop: ["ALL"], add: ["CHOWN"] } })),
    ['unrestricted capabilities: container "main" must not include "CHOWN" in securityContext.capabilities.add'],
  ],
  [
    "a volume of the host",
    pod({
      volumes: [
        { name: "h", hostPath: { path: "/" } },
        { name: "n", nfs: {} },
        { name: "e", emptyDir: {} },
      ],
    }),
    ['restricted volume types: volumes "h", "n" use restricted volume types "hostPath", "nfs"'],
  ],
  [
    "root",
    pod({ securityContext: { runAsUser: 0 } }, setting({ runAsUser: 0 })),
    ['runAsUser=0: pod and container "main" must not set runAsUser=0'],
  ],
  [
    "root allowed",
    pod({}, setting({ runAsNonRoot: false })),
    ['runAsNonRoot != true: container "main" must not set securityContext.runAsNonRoot=false'],
  ],
  [
    "an unconfined profile",
    pod({ securityContext: { seccompProfile: { type: "Unconfined" } } }),
    ['seccompProfile: pod must not set securityContext.seccompProfile.type to "Unconfined"'],
  ],
  [
    "an AppArmor annotation",
    {
      ...pod({}),
      metadata: { name: "p", annotations: { "container.apparmor.security.beta.kubernetes.io/main": "unconfined" } },
    },
    [
      'forbidden AppArmor profile: annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/main=\\"unconfined\\""',
    ],
  ],
  [
    "an init container without anything",
    pod({ initContainers: [{ name: "first" }] }),
    [
      'allowPrivilegeEscalation != false: container "first" must set securityContext.allowPrivilegeEscalation=false',
      'unrestricted capabilities: container "first" must set securityContext.capabilities.drop=["ALL"]',
      'runAsNonRoot != true: pod or container "first" must set securityContext.runAsNonRoot=true',
      'seccompProfile: pod or container "first" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
    ],
  ],
])("restricted: %s", (_what, checked, wanted) => {
  expect(violations(checked)).toEqual(wanted);
});

test("a namespace that enforces a level also warns of it; one that is misspelt enforces the strictest", () => {
  const label = "pod-security.kubernetes.io";
  expect(podPolicy({ [`${label}/enforce`]: "baseline", [`${label}/enforce-version`]: "v1.30" })).toEqual({
    enforce: { level: "baseline", version: "v1.30" },
    warn: { level: "baseline", version: "v1.30" },
  });
  expect(podPolicy({ [`${label}/enforce`]: "basline" }).enforce.level).toBe("restricted");
  expect(podPolicy({})).toMatchObject({ enforce: { level: "privileged" }, warn: { level: "privileged" } });
});
