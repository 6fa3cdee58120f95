import { expect, test } from "vitest";
import { type CaseNeeds, runIfAble } from "./run-if-able.ts";

const plain: CaseNeeds<"fly" | "swim"> = { needs: [] };
const flying: CaseNeeds<"fly" | "swim"> = { needs: ["swim", "fly"] };
const done = (): Promise<void> => Promise.resolve();

test("a case passes, or fails with its error, and never rejects", async () => {
  expect(await runIfAble({}, plain, done)).toMatchObject({ case: plain, outcome: "passed" });
  const error = new Error("not so");
  expect(await runIfAble({}, plain, () => Promise.reject(error))).toMatchObject({ outcome: "failed", error });
});

test("a case that needs what is not there is skipped with the reason, and not run", async () => {
  const run = (): Promise<void> => Promise.reject(new Error("was run"));
  const target = { abilities: { swim: true }, absent: { fly: "it is a fish" } };
  expect(await runIfAble(target, flying, run)).toMatchObject({ outcome: "skipped", reason: "fly: it is a fish" });
  expect(await runIfAble({}, flying, run)).toMatchObject({
    outcome: "skipped",
    reason: "swim: whoever runs the cases did not supply it",
  });
  expect(await runIfAble({ abilities: { swim: true, fly: true } }, flying, done)).toMatchObject({ outcome: "passed" });
});
