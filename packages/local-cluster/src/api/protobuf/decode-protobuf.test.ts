import { describe, expect, test } from "vitest";
import { TypeTable } from "../schema/kubernetes-types.ts";
import { decodeProtobufObject } from "./decode-protobuf.ts";

const types = new TypeTable();

function field(number: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const meta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, meta), field(2, raw)]);
}

describe("a protobuf body", () => {
  test("of a Secret becomes its JSON: maps, bytes as base64, names", () => {
    const entry = Buffer.concat([field(1, "user"), field(2, Buffer.from([1, 2, 255]))]);
    const raw = Buffer.concat([field(1, field(1, "s1")), field(2, entry), field(3, "Opaque")]);
    expect(decodeProtobufObject(types, envelope("v1", "Secret", raw))).toEqual({
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "s1" } },
      ...{ data: { user: "AQL/" }, type: "Opaque" },
    });
  });

  test("of a Service keeps numbers, and int-or-string values as they are", () => {
    const number = Buffer.from([0x08, 0x00, 0x10, 0x90, 0x3f]);
    const port = Buffer.concat([field(1, "http"), Buffer.from([0x18, 0x50]), field(4, number)]);
    const raw = Buffer.concat([field(1, field(1, "web")), field(2, field(1, port))]);
    expect(decodeProtobufObject(types, envelope("v1", "Service", raw))).toMatchObject({
      spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    });
  });

  test("that is cut off is refused", () => {
    const whole = envelope("v1", "Secret", field(1, field(1, "s1")));
    expect(() => decodeProtobufObject(types, whole.subarray(0, -2))).toThrow("the protobuf body is broken");
  });

  test("of an unknown kind is an unsupported media type", () => {
    expect(() => decodeProtobufObject(types, envelope("v1", "Nope", Buffer.alloc(0)))).toThrow("unknown format");
  });
});
