import { describe, expect, test } from "vitest";
import { chooseBackend } from "./choose-backend.ts";

const settings = (containerBackend: string, lambdaBackend?: string) => ({
  containerBackend,
  lambdaBackend,
  elasticacheBackend: undefined,
});

describe("chooseBackend", () => {
  test("takes the service's own setting before the global one", () => {
    expect(chooseBackend("lambda", settings("local", "K8s"))).toEqual({ kind: "k8s" });
    expect(chooseBackend("elasticache", settings("local", "k8s"))).toEqual({ kind: "local" });
  });

  test("takes any other name for a module", () => {
    expect(chooseBackend("lambda", settings("./my-backend.js"))).toEqual({
      kind: "module",
      specifier: "./my-backend.js",
    });
  });

  test.for(["docker", "Podman", " "])("refuses %j by name and says what to use instead", (value) => {
    expect(() => chooseBackend("lambda", settings(value))).toThrow("use local (embedded Kubernetes, the default), k8s");
  });
});
