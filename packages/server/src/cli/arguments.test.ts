import { describe, expect, test } from "vitest";
import { serverSettings } from "../settings.ts";
import { parseArguments } from "./arguments.ts";

const parse = (...argv: string[]) => parseArguments(argv, [serverSettings]);

describe("parseArguments", () => {
  test("takes values after a blank or an equals sign, and bare booleans", () => {
    expect(parse("--addr", ":0", "--region=eu-west-1", "--verify-sigv4").flags).toEqual({
      addr: ":0",
      region: "eu-west-1",
      "verify-sigv4": "true",
    });
  });

  test("tolerates a lone -- anywhere", () => {
    expect(parse("--", "--addr", ":0").flags).toEqual({ addr: ":0" });
  });

  test("names every argument that it does not understand, with the nearest flag", () => {
    expect(() => parse("--adr", "serve", "--region")).toThrow(
      '--adr is not an option of fc-server; did you mean --addr?\n"serve" is not an option of fc-server\n--region needs a value: an AWS region, for example us-east-1',
    );
  });

  test("sees --help and --version", () => {
    expect(parse("-h")).toMatchObject({ help: true, version: false });
    expect(parse("--version")).toMatchObject({ help: false, version: true });
  });
});
