import { expect, test } from "vitest";
import { HostResolver } from "./host-resolver.ts";

test("an address is taken as it is", async () => {
  const never = (): Promise<string> => Promise.reject(new Error("not to be asked"));
  expect(await new HostResolver("10.0.0.1", never).address()).toBe("10.0.0.1");
  expect(await new HostResolver("[fd00::1]", never).address()).toBe("fd00::1");
});

test("a name is looked up once, and again after it was forgotten", async () => {
  const asked: string[] = [];
  const resolver = new HostResolver("server", (host) => Promise.resolve(`10.0.0.${asked.push(host)}`));
  expect([await resolver.address(), await resolver.address()]).toEqual(["10.0.0.1", "10.0.0.1"]);
  resolver.forget();
  expect(await resolver.address()).toBe("10.0.0.2");
});

test("a name without an address is a launch failure, and asked for again next time", async () => {
  let fails = true;
  const resolver = new HostResolver("server", () =>
    fails ? Promise.reject(new Error("ENOTFOUND")) : Promise.resolve("10.0.0.9"),
  );
  await expect(resolver.address()).rejects.toMatchObject({
    code: "FC_LAMBDA_LAUNCH_FAILED",
    details: { reason: "HostNotFound" },
  });
  fails = false;
  expect(await resolver.address()).toBe("10.0.0.9");
});
