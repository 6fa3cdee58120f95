import { expect, test } from "vitest";
import { TailBuffer } from "./tail-buffer.ts";

test("only the last bytes are kept", () => {
  const tail = new TailBuffer(4);
  for (const word of ["ab", "cd", "ef", "ghijkl", "m"]) tail.push(Buffer.from(word));
  expect(tail.toString()).toBe("jklm");
});

test("what fits is kept whole", () => {
  const tail = new TailBuffer(4);
  tail.push(Buffer.from("ab"));
  expect(tail.toString()).toBe("ab");
});
