import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { CacheAccess } from "../../backend/backend.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf } from "../expectations.ts";

const [first, second] = ["the-first-password-1", "the-second-password-2"] as const;

function openedBy(...passwords: readonly string[]): CacheAccess {
  const passwordHashes = passwords.map((password) => createHash("sha256").update(password).digest("hex"));
  return { users: [{ name: "default", rules: "on ~* &* +@all", passwordHashes, open: false }] };
}

export const accessCases: readonly ConformanceCase[] = casesOf("access", (add) => {
  add(
    "a password opens, and nothing else does, also after a reboot",
    async (bench) => {
      const spec = bench.node("redis", { access: openedBy(first) });
      const { endpoint } = await bench.start(spec);
      const check = async (): Promise<void> => {
        await failureOf(bench.client("redis").get(endpoint, "k"));
        await failureOf(bench.client("redis", { password: second }).get(endpoint, "k"));
        assert.equal(await bench.client("redis", { password: first }).get(endpoint, "k"), "v");
      };
      await bench.client("redis", { password: first }).set(endpoint, "k", "v");
      await check();
      await bench.backend.reboot(spec, { signal: bench.signal });
      await check();
    },
    { needs: ["access"] },
  );

  add(
    "changed passwords hold for the engine that runs",
    async (bench) => {
      const spec = bench.node("redis", { access: openedBy(first) });
      const { endpoint, instance } = await bench.start(spec);
      const get = (password: string) => bench.client("redis", { password }).get(endpoint, "k");
      const changed = { ...spec, access: openedBy(second) };
      await bench.backend.applyAccess(changed, { signal: bench.signal });
      await failureOf(get(first));
      assert.equal(await get(second), undefined);
      assert.equal((await bench.start(changed)).instance, instance);
    },
    { needs: ["access"] },
  );
});
