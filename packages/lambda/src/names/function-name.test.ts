import type { RequestContext } from "@fc/aws";
import { describe, expect, test } from "vitest";
import { parseFunctionName } from "./function-name.ts";

const context: RequestContext = {
  account: "000000000000",
  region: "us-east-1",
  accessKeyId: undefined,
  requestId: "r",
  endpoint: "http://localhost",
  signal: new AbortController().signal,
};

describe("a function's name", () => {
  test.each([
    ["f", undefined],
    ["f:live", "live"],
    ["function:f", undefined],
    ["000000000000:function:f", undefined],
    ["000000000000:function:f:7", "7"],
    ["arn:aws:lambda:us-east-1:000000000000:function:f", undefined],
    ["arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST", "$LATEST"],
  ])("%s is understood", (text, qualifier) => {
    const expected = { account: context.account, region: context.region, name: "f" };
    expect(parseFunctionName(text, context)).toEqual(qualifier === undefined ? expected : { ...expected, qualifier });
  });

  test("of another account is refused with 403", () => {
    expect(() => parseFunctionName("111111111111:function:f", context)).toThrow(
      expect.objectContaining({ code: "AccessDeniedException", httpStatus: 403 }),
    );
  });
});
