import { describe, expect, test } from "vitest";
import { traceHeader } from "./trace-header.ts";

const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
const now = 0x5759e988 * 1_000;

describe("the trace header of an invocation", () => {
  test("is the caller's, with its lineage", () => {
    const header = `${root};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:a87bd80c:1`;
    expect(traceHeader(header, now)).toBe(header);
  });

  test("gets what the caller left out", () => {
    expect(traceHeader(root, now)).toMatch(new RegExp(`^${root};Parent=[0-9a-f]{16};Sampled=0$`));
  });

  test.each([undefined, "", "Parent=53995c3f42cd8ad8", "Root=1-2-3", `${root};x=${"y".repeat(1_024)}`])(
    "is a new one when the caller's is %s",
    (header) => {
      const made = traceHeader(header, now);
      expect(made).toMatch(/^Root=1-5759e988-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
      expect(made).not.toContain(root);
    },
  );
});
