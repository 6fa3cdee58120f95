import { describe, expect, test } from "vitest";
import { parseKeyspace } from "./engine-link.ts";
import { lossOf } from "./find-node.ts";
import { verifyKeys } from "./reboot-node.ts";

describe("verifyKeys", () => {
  test("accepts that keys expired in between, and nothing else", () => {
    verifyKeys({ keys: 10, expires: 3 }, { keys: 7, expires: 0 });
    verifyKeys({ keys: 10, expires: 0 }, { keys: 10, expires: 0 });
    for (const keys of [6, 11])
      expect(() => verifyKeys({ keys: 10, expires: 3 }, { keys, expires: 0 })).toThrow(
        expect.objectContaining({ code: "FC_CACHE_KEYS_DIFFER" }),
      );
  });
});

describe("parseKeyspace", () => {
  test("adds up all databases", () => {
    const info = "# Keyspace\r\ndb0:keys=5,expires=2,avg_ttl=0\r\ndb12:keys=7,expires=1,avg_ttl=0,subexpiry=0\r\n";
    expect(parseKeyspace(info)).toEqual({ keys: 12, expires: 3 });
    expect(parseKeyspace("# Keyspace\r\n")).toEqual({ keys: 0, expires: 0 });
  });
});

describe("lossOf", () => {
  test("names what ended a Pod, and says nothing of one that lives", () => {
    const terminated = { exitCode: 137, reason: "OOMKilled" };
    const containerStatuses = [
      { name: "cache", image: "", imageID: "", ready: false, restartCount: 0, state: { terminated } },
    ];
    expect(lossOf({ metadata: { name: "p" }, status: { phase: "Failed", containerStatuses } })).toBe(
      "Pod p has ended (OOMKilled, exit code 137)",
    );
    expect(
      lossOf({ metadata: { name: "p" }, status: { phase: "Failed", reason: "Evicted", message: "low on memory" } }),
    ).toBe("Pod p has ended (Evicted): low on memory");
    expect(lossOf({ metadata: { name: "p", deletionTimestamp: new Date(0) } as never })).toBe("Pod p is being deleted");
    expect(lossOf({ metadata: { name: "p" }, status: { phase: "Running" } })).toBeUndefined();
  });
});
