import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import type { AwsHttpRequest } from "../http/http.ts";
import { parseSignature, type Signature } from "./credential.ts";
import { SignatureVerifier } from "./verifier.ts";

// "get-vanilla-query-order-key-case" and "get-vanilla" of AWS's published Signature Version 4 test suite.
const secrets = { AKIDEXAMPLE: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const signedAt = Date.parse("2015-08-30T12:36:00Z");

function request(target: string, signature: string): AwsHttpRequest {
  const scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
  return {
    method: "GET",
    target,
    headers: {
      host: "example.amazonaws.com",
      "x-amz-date": "20150830T123600Z",
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
    body: (async function* () {})(),
    signal: new AbortController().signal,
  };
}

const signatureOf = (of: AwsHttpRequest): Signature => {
  const signature = parseSignature(of);
  if (signature === undefined) throw new Error("no signature");
  return signature;
};

describe("the verifier", () => {
  const verifier = new SignatureVerifier(secrets, new ManualClock(signedAt));

  test.each([
    ["/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"],
  ])("agrees with AWS's own signature of %s", (target, signature) => {
    const signed = request(target, signature);
    expect(verifier.check(signed, signatureOf(signed), emptyHash)).toBeUndefined();
    expect(verifier.check(signed, signatureOf(signed), "0".repeat(64))).toMatchObject({ kind: "mismatch" });
  });

  test.each([
    ["at its moment", 0, undefined],
    ["15 minutes later", 15 * 60_000, undefined],
    ["more than 15 minutes later", 15 * 60_000 + 1, "mismatch"],
    ["more than 15 minutes earlier", -15 * 60_000 - 1, "mismatch"],
  ])("judges a signature %s", (_title, offset, kind) => {
    const at = new SignatureVerifier(secrets, new ManualClock(signedAt + offset));
    expect(at.checkClaims(signatureOf(request("/", "x")))?.kind).toBe(kind);
  });

  test("refuses a signature that leaves the host out", () => {
    const signed = request("/", "x");
    expect(
      verifier.check(signed, { ...signatureOf(signed), signedHeaders: ["x-amz-date"] }, emptyHash)?.message,
    ).toContain("Host");
  });

  test("refuses a key called like an inherited property", () => {
    const signature = { ...signatureOf(request("/", "x")), accessKeyId: "constructor" };
    expect(verifier.checkClaims(signature)).toMatchObject({ kind: "unknown-key" });
  });
});

describe("a credential", () => {
  test("takes the last four parts as scope and the rest as key", () => {
    const signed = request("/", "x");
    const authorization = "AWS4-HMAC-SHA256 Credential=a/b/20150830/r/s/aws4_request,SignedHeaders=host,Signature=y";
    expect(parseSignature({ ...signed, headers: { authorization } })).toMatchObject({
      accessKeyId: "a/b",
      date: "20150830",
      region: "r",
      service: "s",
    });
  });

  test.each(["Basic x", "AWS4-HMAC-SHA256 nonsense", "AWS4-HMAC-SHA256 Credential=a/b/c"])(
    "cannot be read from %j",
    (authorization) => {
      expect(parseSignature({ ...request("/", "x"), headers: { authorization } })).toBeUndefined();
    },
  );
});
