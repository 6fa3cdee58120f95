import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { configCommand } from "./config-command.ts";

function explain(environment: Record<string, string>, flags: Record<string, string> = {}): [number, string, string] {
  const texts = { out: "", err: "" };
  const into = (name: keyof typeof texts): Writable =>
    new Writable({
      write: (chunk, _, done) => {
        texts[name] += String(chunk);
        done();
      },
    });
  const code = configCommand({ environment, stdout: into("out"), stderr: into("err") }, { flags, json: false });
  return [code, texts.out, texts.err];
}

test("says of every setting what holds and why, and shows no secret", () => {
  const [code, out, err] = explain(
    { FAKECLOUD_REGION: "eu-west-1", FAKECLOUD_ADMIN_TOKEN: "very-secret" },
    { addr: ":0" },
  );
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("FAKECLOUD_ADDR=:0  (--addr)\n");
  expect(out).toContain("FAKECLOUD_REGION=eu-west-1  (environment)\n");
  expect(out).toContain("FAKECLOUD_ACCOUNT_ID=123456789012  (default)\n");
  expect(out).toContain("FAKECLOUD_DATA_PATH is not set  (default)\n");
  expect(out).toContain("FAKECLOUD_ADMIN_TOKEN=***  (environment)\n");
  expect(out).not.toContain("very-secret");
});

test("says what is not known and what is not understood", () => {
  const [code, , err] = explain({ FAKECLOUD_REGON: "x", FAKECLOUD_ACCOUNT_ID: "1" });
  expect(code).toBe(2);
  expect(err).toContain("did you mean FAKECLOUD_REGION?");
  expect(err).toContain("FAKECLOUD_ACCOUNT_ID=1 is not understood: expected twelve digits");
});
