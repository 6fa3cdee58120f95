import { expect, test } from "vitest";
import { commandOf } from "./command.ts";
import { takeOptions } from "./command-arguments.ts";

test.each([
  [["--addr", ":0"], undefined, ["--addr", ":0"]],
  [["--", "doctor", "--json"], "doctor", ["--json"]],
  [["--region", "x", "--config", "explain"], "config", ["--region", "x"]],
  [["--config=explain", "--json"], "config", ["--json"]],
  [["config", "explain"], "config", []],
  [["healthcheck", "--ready"], "healthcheck", ["--ready"]],
  [["start", "--addr", ":0"], undefined, ["--addr", ":0"]],
  [["--region", "start"], undefined, ["--region", "start"]],
  [["help"], undefined, ["--help"]],
  [["--config", "other"], undefined, ["--config", "other"]],
])("%j is the command %s", (argv, name, rest) => {
  expect(commandOf(argv)).toEqual(name === undefined ? { argv: rest } : { name, argv: rest });
});

test("a command's options are taken out, whatever stands between them", () => {
  const words = ["--only=a b", "--addr", ":0", "--json", "--lambda", "./x.js"];
  const { rest, options, switches } = takeOptions(words, { options: ["lambda", "only"], switches: ["json"] });
  expect([rest, options, [...switches]]).toEqual([["--addr", ":0"], { only: "a b", lambda: "./x.js" }, ["json"]]);
});
