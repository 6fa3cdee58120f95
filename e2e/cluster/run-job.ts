import { expect } from "vitest";
import { post } from "../lib/post-object.ts";
import { kubectl } from "../lib/server-on-cluster.ts";

/** Runs a Pod to its end, once, as a Job of this name. Gives what it printed, whether it succeeded or not. */
export async function runJob(
  namespace: string,
  name: string,
  spec: object,
  { timeout }: { readonly timeout: number },
): Promise<{ readonly succeeded: boolean; readonly log: string }> {
  const here = (...args: readonly string[]): Promise<string> => kubectl("-n", namespace, ...args);
  const template = { spec: { restartPolicy: "Never", ...spec } };
  const job = { metadata: { name }, spec: { backoffLimit: 0, template } };
  await post(`/apis/batch/v1/namespaces/${namespace}/jobs`, { apiVersion: "batch/v1", kind: "Job", ...job });
  const state = (): Promise<string> =>
    here("get", `job/${name}`, "-o", "jsonpath={.status.succeeded}/{.status.failed}");
  await expect.poll(state, { timeout, interval: 500 }).toMatch(/1/);
  return { succeeded: (await state()) === "1/", log: await here("logs", `job/${name}`) };
}
