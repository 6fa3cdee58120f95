import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import * as der from "./der.ts";

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What the API serves with and what its users trust; made anew at every start. */
export interface Certificates {
  /** PEM of the certificate authority. */
  readonly authority: string;
  readonly server: KeyPair;
  /** Common name `local-admin`, organisation `system:masters`. */
  readonly client: KeyPair;
}

const validMs = 365 * 24 * 3_600_000;

/** Makes a certificate authority and one certificate each for the server (loopback names) and an administrator. */
export function createCertificates(nowMs: number): Certificates {
  const authority = { ...newKey(), name: "fc-local-cluster-ca" };
  const client = { ...newKey(), name: "local-admin", organisation: "system:masters" };
  const server = { ...newKey(), name: "kubernetes" };
  const names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  const alternatives = der.sequence(
    ...names.map((name) => der.context(2, Buffer.from(name))),
    der.context(7, Buffer.from([127, 0, 0, 1])),
  );
  return {
    authority: certificate(authority, authority, nowMs, [
      extension("2.5.29.19", der.sequence(der.boolean(true)), true),
      extension("2.5.29.15", der.bitString(Buffer.from([0x06]), 1), true),
    ]),
    server: {
      key: pem(server.privateKey),
      certificate: certificate(server, authority, nowMs, [
        extension("2.5.29.17", alternatives),
        extension("2.5.29.37", der.sequence(der.objectIdentifier("1.3.6.1.5.5.7.3.1"))),
      ]),
    },
    client: {
      key: pem(client.privateKey),
      certificate: certificate(client, authority, nowMs, [
        extension("2.5.29.37", der.sequence(der.objectIdentifier("1.3.6.1.5.5.7.3.2"))),
      ]),
    },
  };
}

interface Party {
  readonly name: string;
  readonly organisation?: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function certificate(subject: Party, issuer: Party, nowMs: number, extensions: Buffer[]): string {
  const algorithm = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2"));
  // A positive serial number: the first bit is cleared, the second set.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    algorithm,
    distinguishedName(issuer),
    der.sequence(der.time(nowMs - 300_000), der.time(nowMs + validMs)),
    distinguishedName(subject),
    subject.publicKey.export({ type: "spki", format: "der" }),
    der.explicit(3, der.sequence(...extensions)),
  );
  const whole = der.sequence(body, algorithm, der.bitString(sign("sha256", body, issuer.privateKey)));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(party: Party): Buffer {
  const attribute = (oid: string, value: string): Buffer =>
    der.set(der.sequence(der.objectIdentifier(oid), der.utf8(value)));
  const organisation = party.organisation === undefined ? [] : [attribute("2.5.4.10", party.organisation)];
  return der.sequence(...organisation, attribute("2.5.4.3", party.name));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.objectIdentifier(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}
