import { expect, test } from "vitest";
import { Disposal } from "./disposal.ts";

test("Disposal closes in reverse order, goes on after a failure, and reports it", async () => {
  const closed: string[] = [];
  const disposal = new Disposal();
  const part = (name: string, failure?: Error): AsyncDisposable => ({
    [Symbol.asyncDispose]: async () => {
      closed.push(name);
      if (failure !== undefined) throw failure;
    },
  });
  disposal.use(part("first"));
  disposal.use(part("second", new Error("stuck")));
  disposal.use(part("third"));
  await expect(disposal[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [new Error("stuck")] });
  expect(closed).toEqual(["third", "second", "first"]);
  await expect(disposal[Symbol.asyncDispose]()).resolves.toBeUndefined();
});
