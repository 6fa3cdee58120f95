import { expect, test } from "vitest";
import { checkSettings } from "./check-settings.ts";
import { doctorText } from "./doctor-line.ts";

test("people read what is amiss with its fix below it, and how many permissions are granted", () => {
  const granted = { code: "FC_K8S_ACCESS_PERMISSION", state: "ok", subject: "create pods", message: "may" } as const;
  const text = doctorText([
    granted,
    { ...granted, subject: "get pods" },
    { code: "FC_DOCTOR_CLOCK", state: "ok", subject: "clock", message: "the clock agrees" },
    { code: "FC_DOCTOR_REACH", state: "problem", subject: "reach", message: "no way", fix: "make one" },
  ]);
  expect(text.split("\n")).toEqual([
    "ok       the clock agrees",
    "problem  no way (FC_DOCTOR_REACH)",
    "         fix: make one",
    "ok       2 permissions are granted",
    "1 problem, 0 warnings.",
  ]);
});

test("each setting that is not understood is a line, and so is one that no table has", async () => {
  const environment = { FAKECLOUD_REGION: "mars", FAKECLOUD_ACCOUNT_ID: "1", FAKECLOUD_ADR: ":0" };
  const { lines, settings } = await checkSettings({ environment, flags: {} });
  expect(settings).toBeUndefined();
  expect(lines.map(({ state }) => state).sort()).toEqual(["problem", "problem", "warning"]);
  for (const part of ["FAKECLOUD_REGION=mars", "FAKECLOUD_ACCOUNT_ID=1", "FAKECLOUD_ADDR"])
    expect(lines.map(({ message }) => message).join("\n")).toContain(part);
});

test("a cluster needs the address by which its Pods reach the server", async () => {
  const { lines } = await checkSettings({ environment: {}, flags: { backend: "k8s" } });
  expect(lines).toMatchObject([{ state: "problem", message: expect.stringContaining("FAKECLOUD_K8S_SELF_URL") }]);
});
