import { describe, expect, test } from "vitest";
import { toldExtensions } from "./image-extensions.ts";

describe("what a pulled image tells of its extensions", () => {
  test.each([
    [undefined, []],
    ["", []],
    ["bash\n", []],
    ["no bash\n", []],
    ["bash\nagent\nwith space\n", ["agent", "with space"]],
  ])("%j: %j", (message, names) => {
    expect(toldExtensions(message, "example.com/app:1")).toEqual(names);
  });

  test("is refused when nothing there could start them", () => {
    expect(() => toldExtensions("no bash\nagent\n", "example.com/app:1")).toThrow(
      "The image example.com/app:1 has extensions in /opt/extensions (agent), and no /bin/bash to start them with",
    );
  });
});
