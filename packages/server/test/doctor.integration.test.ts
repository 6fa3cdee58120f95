import { expect, test } from "vitest";
import { examine } from "../src/doctor/doctor.ts";

const signal = AbortSignal.timeout(50_000);

test("on the embedded cluster the doctor finds that functions and caches can run, and leaves nothing open", async () => {
  const lines = await examine({ environment: {}, flags: {}, signal });
  expect(lines.filter(({ state }) => state === "problem")).toEqual([]);
  const stateOf = (subject: string): string | undefined => lines.find((line) => line.subject === subject)?.state;
  for (const subject of [
    "settings",
    "Pods reach the server",
    "image public.ecr.aws/lambda/nodejs:22",
    "clock",
    "leftovers",
  ])
    expect([subject, stateOf(subject)]).toEqual([subject, "ok"]);
});

test("an image that no node can have is a warning that names it", async () => {
  const environment = { FAKECLOUD_ELASTICACHE_K8S_IMAGE_REDIS: "registry.test/nothing:1" };
  const lines = await examine({ environment, flags: {}, signal });
  const [warning, ...others] = lines.filter(({ code, state }) => code === "FC_DOCTOR_IMAGE" && state !== "ok");
  expect(warning).toMatchObject({
    state: "warning",
    message: expect.stringMatching(/registry\.test\/nothing:1.*ErrImagePull/),
  });
  expect(others).toEqual([]);
});
