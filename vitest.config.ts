import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// Sources, not builds: every project resolves the packages of this repository through their "@fc/source" condition. ("import" must not be named
// here: it would apply to require() as well.)
const conditions = ["@fc/source", "node"];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

/** Tests that take the API server away from everybody. */
const outages = "{e2e/cluster,packages/*/test}/**/*.outage.cluster.test.ts";
/** Tests that need a second node, or take it away. */
const nodes = "{e2e/cluster,packages/*/test}/**/*.nodes.cluster.test.ts";

/** Files of few lines with minutes of work, those with the most first. On a machine that ran none before, vitest would start large files first. */
const long = [
  /elasticache-k8s\/test\/groups\.cluster/,
  /lambda-k8s\/test\/conformance\.(cluster|integration)/,
  /local-cluster\/test\/(conformance|conformance-can-fail|kubectl-checks)\.integration/,
  /(behaviours|image|backend|fault-matrix|conformance|slots|kubectl-checks)\.cluster/,
  /elasticache-k8s\/test\/(slots|conformance)\.integration|behaviours\.integration/,
  /(persistence|function-on-node|in-cluster|access|lambda-pool|lambda-provisioned|pool|pod-loss|instances)\.cluster/,
  /(instances|lambda-k8s\/test\/embedded|groups)\.integration/,
];
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = long.findIndex((pattern) => pattern.test(moduleId));
      return found === -1 ? long.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => groupOf(a) - groupOf(b) || rank(a) - rank(b));
  }
}

export default defineConfig({
  ...shared,
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...shared,
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"] },
      },
      {
        ...shared,
        test: {
          name: "integration",
          include: ["packages/*/test/**/*.integration.test.ts", "examples/*/test/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: "cluster",
          include: [
            "e2e/cluster/**/*.cluster.test.ts",
            "packages/*/test/**/*.cluster.test.ts",
            // The same as on the embedded cluster: see e2e/lib/function-ground.ts.
            "e2e/{async-events,event-sources,lambda-!(provisioned)}.e2e.test.ts",
          ],
          env: { FC_E2E_CLUSTER: "real" },
          exclude: [...configDefaults.exclude, outages, nodes],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // They wait for the cluster more than they compute.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      ...[
        { name: "outage", include: [outages], groupOrder: 2 },
        { name: "nodes", include: [nodes], groupOrder: 3 },
      ].map(({ groupOrder, ...files }) => ({
        ...shared,
        test: {
          ...files,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder },
        },
      })),
    ],
  },
});
