import { expect, test } from "vitest";
import { startCluster } from "./cluster-fixture.ts";

const service = { metadata: { name: "one" }, spec: { selector: { app: "x" }, ports: [{ port: 80 }] } };

test("two clusters of one machine never give out the same Service address", async () => {
  await using one = await startCluster();
  await using two = await startCluster();
  const ranges = await Promise.all(
    [one, two].map(async ({ call }) => {
      const { code, body } = await call("POST", "/api/v1/namespaces/default/services", service);
      expect(code).toBe(201);
      const [, , third] = (body as unknown as { spec: { clusterIP: string } }).spec.clusterIP.split(".");
      return Math.floor(Number(third) / 8);
    }),
  );
  expect(ranges[0]).not.toBe(ranges[1]);
});
