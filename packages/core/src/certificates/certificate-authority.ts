import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";
import * as der from "./der.ts";

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Whom a certificate is for. */
export interface CertificateSubject {
  readonly commonName: string;
  /** For Kubernetes a client's groups. */
  readonly organisation?: string;
  readonly usage: "server" | "client";
  /** DNS names and IPv4 addresses that a server is reached by. */
  readonly names?: readonly string[];
}

/** A certificate authority that lives in memory: what it issued is trusted by whoever was given `certificate`. */
export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  /** A certificate valid for a year, with a key of its own (P-256). */
  readonly issue: (subject: CertificateSubject) => KeyPair;
}

const validMs = 365 * 24 * 3_600_000;
const usages = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" } as const;

/** Makes a certificate authority (RFC 5280) for servers and clients of one process; its key never leaves it. */
export function createCertificateAuthority(options: {
  readonly commonName: string;
  /** Validity begins five minutes before, since clocks differ. */
  readonly nowMs: number;
}): CertificateAuthority {
  const { commonName, nowMs } = options;
  const authority = { ...newKey(), commonName };
  return {
    certificate: certificate(authority, authority, nowMs, [
      extension("2.5.29.19", der.sequence(der.boolean(true)), true),
      extension("2.5.29.15", der.bitString(Buffer.from([0x06]), 1), true),
    ]),
    issue: ({ usage, names = [], ...subject }) => {
      const party = { ...newKey(), ...subject };
      return {
        key: party.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        certificate: certificate(party, authority, nowMs, [
          ...(names.length === 0 ? [] : [extension("2.5.29.17", der.sequence(...names.map(alternativeName)))]),
          extension("2.5.29.37", der.sequence(der.objectIdentifier(usages[usage]))),
        ]),
      };
    },
  };
}

interface Party {
  readonly commonName: string;
  readonly organisation?: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
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
  return der.sequence(...organisation, attribute("2.5.4.3", party.commonName));
}

function alternativeName(name: string): Buffer {
  return isIPv4(name) ? der.context(7, Buffer.from(name.split(".").map(Number))) : der.context(2, Buffer.from(name));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.objectIdentifier(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}
