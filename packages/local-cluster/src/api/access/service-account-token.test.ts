import { expect, test } from "vitest";
import { signToken, verifyToken } from "./service-account-token.ts";

const secret = Buffer.alloc(32, 1);
const subject = { namespace: "n", name: "a", uid: "u" };
const nowMs = 1_700_000_000_000;
const token = signToken(secret, subject, ["x"], { nowMs, seconds: 600 });

test("a token names its subject until it expires", () => {
  expect(verifyToken(secret, token, nowMs + 599_000)).toEqual(subject);
  expect(verifyToken(secret, token, nowMs + 600_000)).toBeUndefined();
});

test("a token of another secret, with another payload, or none at all is refused", () => {
  expect(verifyToken(Buffer.alloc(32, 2), token, nowMs)).toBeUndefined();
  const [header, , signature] = token.split(".");
  const other = Buffer.from(JSON.stringify({ exp: 1e12 })).toString("base64url");
  expect(verifyToken(secret, `${header}.${other}.${signature}`, nowMs)).toBeUndefined();
  for (const text of ["", "a.b.c", "...."]) expect(verifyToken(secret, text, nowMs)).toBeUndefined();
});
