import { SettingsError } from "@fc/core";
import { describe, expect, test } from "vitest";
import { K8sPodConfig, K8sTagError } from "./pod-config.ts";

const spot = { key: "spot", operator: "Exists", effect: "NoSchedule" };

describe("K8sPodConfig.resolvedBase", () => {
  test("lays the service's settings over those for all Pods", () => {
    const config = K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", {
      FAKECLOUD_K8S_NODE_SELECTOR: "disk=ssd, zone=a",
      FAKECLOUD_LAMBDA_K8S_NODE_SELECTOR: "zone=b",
      FAKECLOUD_ELASTICACHE_K8S_NODE_SELECTOR: "zone=c",
      FAKECLOUD_K8S_TOLERATIONS: JSON.stringify([spot]),
      FAKECLOUD_LAMBDA_K8S_TOLERATIONS: JSON.stringify([spot, { operator: "Exists" }]),
      FAKECLOUD_K8S_ANNOTATIONS: '{"example.com/list":"a,b"}',
    });
    expect(config.nodeSelector).toEqual({ disk: "ssd", zone: "b" });
    expect(config.tolerations).toEqual([spot, { operator: "Exists" }]);
    expect(config.annotations).toEqual({ "example.com/list": "a,b" });
  });

  test("is empty without settings, blank ones included", () => {
    const config = K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", { FAKECLOUD_K8S_NODE_SELECTOR: " " });
    expect(config).toEqual(new K8sPodConfig());
  });

  test("reports the problems of both levels at once", () => {
    const environment = {
      FAKECLOUD_K8S_NODE_SELECTOR: "no-equals-sign",
      FAKECLOUD_K8S_TOLERATIONS: "{",
      FAKECLOUD_LAMBDA_K8S_ANNOTATIONS: "-bad-=1",
    };
    const read = (): K8sPodConfig => K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", environment);
    expect(read).toThrow(SettingsError);
    for (const name of Object.keys(environment)) expect(read).toThrow(name);
  });
});

describe("K8sPodConfig.fromTags", () => {
  test("reads the three reserved tags and no others", () => {
    const config = K8sPodConfig.fromTags({
      "fakecloud-k8s/node-selector": "disk=ssd",
      "fakecloud-k8s/tolerations": JSON.stringify([spot]),
      "fakecloud-k8s/annotations": "team=core",
      team: "not ours",
    });
    expect(config).toEqual(
      new K8sPodConfig({ nodeSelector: { disk: "ssd" }, tolerations: [spot], annotations: { team: "core" } }),
    );
  });

  test.each([
    ["node-selector", "disk", 'has no "="'],
    ["node-selector", "disk=a,disk=b", "stands twice"],
    ["node-selector", "disk=not a label", "not a label value"],
    ["node-selector", `disk=${"x".repeat(64)}`, "not a label value"],
    ["node-selector", "UPPER.example/disk=1", "lower-case DNS name"],
    ["node-selector", "a/b/c=1", 'at most one "/"'],
    ["node-selector", '{"disk":1}', "is not a text"],
    ["annotations", "=x", "is not a key"],
    ["annotations", JSON.stringify({ a: "x".repeat(262_144) }), "262144"],
    ["tolerations", "spot", "not JSON"],
    ["tolerations", "{}", "not a JSON array"],
    ["tolerations", "[1]", "[0] is not an object"],
    ["tolerations", '[{"key":"a","operater":"Exists"}]', "operater is not a member"],
    ["tolerations", '[{"key":"a","operator":"In"}]', "operator must be"],
    ["tolerations", '[{"key":"a","effect":"Never"}]', "effect must be"],
    ["tolerations", '[{"key":"","operator":"Equal"}]', "operator must be Exists when key is empty"],
    ["tolerations", '[{"key":"a","operator":"Exists","value":"b"}]', "value must be empty"],
    ["tolerations", '[{"key":"a","value":"b c"}]', "not a label value"],
    ["tolerations", '[{"key":"a b"}]', "is not a key"],
    ["tolerations", '[{"key":"a","tolerationSeconds":5,"effect":"NoSchedule"}]', "effect must be NoExecute"],
    ["tolerations", '[{"key":"a","tolerationSeconds":"5","effect":"NoExecute"}]', "not an integer"],
    ["tolerationz", "[]", "did you mean fakecloud-k8s/tolerations?"],
  ])("refuses %s = %s", (tag, value, problem) => {
    const read = (): K8sPodConfig => K8sPodConfig.fromTags({ [`fakecloud-k8s/${tag}`]: value });
    expect(read).toThrow(K8sTagError);
    expect(read).toThrow(problem);
  });

  test("accepts what the API server accepts", () => {
    const tolerations = [
      { operator: "Exists" },
      { key: "a", operator: "Equal", value: "b", effect: "NoExecute", tolerationSeconds: -1 },
      { key: "example.com/a" },
    ];
    const config = K8sPodConfig.fromTags({ "fakecloud-k8s/tolerations": JSON.stringify(tolerations) });
    expect(config.tolerations).toEqual(tolerations);
    const annotations = "Example.COM/Key=any text = with equals";
    expect(K8sPodConfig.fromTags({ "fakecloud-k8s/annotations": annotations }).annotations).toEqual({
      "Example.COM/Key": "any text = with equals",
    });
  });

  test("names every bad tag in one user error with a stable code", () => {
    const tags = { "fakecloud-k8s/node-selector": "x", "fakecloud-k8s/annotations": "y" };
    try {
      K8sPodConfig.fromTags(tags);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "FC_K8S_TAG_INVALID", fault: "user" });
      expect((error as K8sTagError).problems.map(({ tag }) => tag)).toEqual(Object.keys(tags));
    }
  });
});

describe("the tags that an operator allows", () => {
  const read = (environment: Record<string, string>): K8sPodConfig =>
    K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", environment);
  const tags = { "fakecloud-k8s/node-selector": "zone=b", "fakecloud-k8s/annotations": "a=b", team: "core" };

  test("are all of them without a setting", () => {
    expect(read({}).withTags(tags)).toMatchObject({ nodeSelector: { zone: "b" }, annotations: { a: "b" } });
  });

  test("are those of the setting; the service's own wins", () => {
    const config = read({
      FAKECLOUD_K8S_ALLOWED_TAGS: "none",
      FAKECLOUD_LAMBDA_K8S_ALLOWED_TAGS: "annotations, node-selector",
    });
    expect(config.withTags(tags).nodeSelector).toEqual({ zone: "b" });
    expect(() => config.withTags({ "fakecloud-k8s/tolerations": "[]" })).toThrow(K8sTagError);
  });

  test("are named, when others are set, each as a user error", () => {
    try {
      read({ FAKECLOUD_K8S_ALLOWED_TAGS: "none" }).withTags(tags);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "FC_K8S_TAG_INVALID", fault: "user" });
      expect((error as K8sTagError).problems.map(({ tag }) => tag)).toEqual([
        "fakecloud-k8s/node-selector",
        "fakecloud-k8s/annotations",
      ]);
    }
  });

  test("are named together with what is wrong with the tags that are allowed", () => {
    const config = read({ FAKECLOUD_K8S_ALLOWED_TAGS: "tolerations" });
    try {
      config.withTags({ ...tags, "fakecloud-k8s/tolerations": "{}", "fakecloud-k8s/toleration": "[]" });
      expect.unreachable();
    } catch (error) {
      expect((error as K8sTagError).problems.map(({ tag }) => tag)).toEqual([
        "fakecloud-k8s/node-selector",
        "fakecloud-k8s/tolerations",
        "fakecloud-k8s/annotations",
        "fakecloud-k8s/toleration",
      ]);
    }
  });

  test("that nobody sets keep nothing from running, and a word that is none is refused at start", () => {
    expect(read({ FAKECLOUD_K8S_ALLOWED_TAGS: "none" }).withTags({ team: "core" }).annotations).toEqual({});
    expect(() => read({ FAKECLOUD_K8S_ALLOWED_TAGS: "everything" })).toThrow("FAKECLOUD_K8S_ALLOWED_TAGS");
  });
});

describe("K8sPodConfig.apply", () => {
  const config = new K8sPodConfig({
    nodeSelector: { disk: "ssd", zone: "a" },
    tolerations: [spot],
    annotations: { team: "core" },
  });

  test("keeps what the Pod already has and leaves the given Pod alone", () => {
    const pod = {
      metadata: { name: "p", annotations: { team: "own" } },
      spec: {
        containers: [],
        nodeSelector: { zone: "b" },
        tolerations: [{ effect: "NoSchedule", key: "spot", operator: "Exists" }],
      },
    };
    const before = structuredClone(pod);
    const applied = config.apply(pod);
    expect(applied.spec?.nodeSelector).toEqual({ disk: "ssd", zone: "b" });
    expect(applied.spec?.tolerations).toHaveLength(1);
    expect(applied.metadata).toEqual({ name: "p", annotations: { team: "own" } });
    expect(pod).toEqual(before);
  });

  test("adds nothing when there is nothing to add", () => {
    const pod = { metadata: { name: "p" }, spec: { containers: [] } };
    expect(new K8sPodConfig().apply(pod)).toEqual(pod);
  });
});
