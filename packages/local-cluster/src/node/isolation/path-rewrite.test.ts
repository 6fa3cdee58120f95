import { describe, expect, test } from "vitest";
import { createPathMap } from "./path-rewrite.ts";

const map = createPathMap([
  { containerPath: "/data", hostPath: "/h/data", readOnly: false },
  { containerPath: "/var/task/", hostPath: "/h/task", readOnly: true },
  { containerPath: "/var/task/opt", hostPath: "/h/opt", readOnly: true },
]);

describe("path rewriting", () => {
  test.each([
    ["/data", "/h/data"],
    ["/data/dump.rdb", "/h/data/dump.rdb"],
    ["--dir=/data", "--dir=/h/data"],
    [
      "cat '/data/x' >/data/y; exec redis-server --dir /data",
      "cat '/h/data/x' >/h/data/y; exec redis-server --dir /h/data",
    ],
    ["/var/task/opt/x:/var/task/y", "/h/opt/x:/h/task/y"],
    ["/database /my/data /data-1 /data.bak", "/database /my/data /data-1 /data.bak"],
  ])("turns the argument %s into %s", (text, expected) => {
    expect(map.rewrite(text, "argument")).toBe(expected);
  });

  test.each([
    ["/usr/bin:/var/task/bin:/data", "/usr/bin:/h/task/bin:/h/data"],
    ["pass(/data)word/data", "pass(/data)word/data"],
  ])("turns the variable %s into %s", (text, expected) => {
    expect(map.rewrite(text, "variable")).toBe(expected);
  });

  test("the deepest mount decides about a path, and no path leads out of the root", () => {
    expect(map.path("/var/task/opt/../opt/x")).toBe("/h/opt/x");
    expect(map.path("/../data")).toBe("/h/data");
    expect(map.path("/else")).toBe("/else");
  });
});
