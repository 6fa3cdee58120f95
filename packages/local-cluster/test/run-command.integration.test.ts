import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { runCommand } from "../src/node/run-command.ts";

test("what a command reports on descriptor 3 is waited for, also when it comes after the command's end", async () => {
  const [stdout, stderr] = [new PassThrough().resume(), new PassThrough().resume()];
  // What is left behind reads for a moment before it reports, and holds no other output open.
  const late = '{ head -c 200000000 >/dev/null; echo "no such file" >&3; } </dev/zero >/dev/null 2>&1 & exit 126';
  const command = {
    file: "/bin/sh",
    args: ["-c", late],
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: "/",
    reportsMissing: true,
  };
  const result = await runCommand(command, { stdout, stderr, signal: new AbortController().signal });
  expect(result).toEqual({ exitCode: 126, missing: "no such file" });
});
