import { expect, test } from "vitest";
import { runJobs } from "../src/run-jobs.ts";

test("a function works off the jobs of a queue of one's own", async () => {
  expect((await runJobs(["one", "two", "three"])).sort()).toEqual(["one", "three", "two"]);
});
