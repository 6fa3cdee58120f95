import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
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
  /** A `peer` is both: what connects to its like. */
  readonly usage: "server" | "client" | "peer";
  /** DNS names and IPv4 addresses that a server is reached by. */
  readonly names?: readonly string[];
}

/** A certificate authority: what it issued is trusted by whoever was given `certificate`. */
export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  /** Its certificate with its private key, to be kept as a secret by whoever wants it again: `keyPair` of {@link createCertificateAuthority}. */
  readonly exportKeyPair: () => KeyPair;
  /** A certificate valid for a year, with a key of its own (P-256). */
  readonly issue: (subject: CertificateSubject) => KeyPair;
}

const yearMs = 365 * 24 * 3_600_000;
const serverUsage = "1.3.6.1.5.5.7.3.1";
const clientUsage = "1.3.6.1.5.5.7.3.2";
const usages = { server: [serverUsage], client: [clientUsage], peer: [serverUsage, clientUsage] };

/**
 * Makes a certificate authority (RFC 5280) for servers and clients, in memory, or the same one again from its `keyPair`, which must have
 * been made with the same `commonName`.
 */
export function createCertificateAuthority(options: {
  readonly commonName: string;
  /** Validity begins five minutes before, since clocks differ. */
  readonly nowMs: number;
  /** For how long its own certificate is valid. Default a year. */
  readonly validMs?: number;
  readonly keyPair?: KeyPair;
}): CertificateAuthority {
  const { commonName, nowMs, validMs = yearMs, keyPair } = options;
  const authority = { ...(keyPair === undefined ? newKey() : readKey(keyPair.key)), commonName };
  const own =
    keyPair?.certificate ??
    certificate(authority, authority, { nowMs, validMs }, [
      extension("2.5.29.19", der.sequence(der.boolean(true)), true),
      extension("2.5.29.15", der.bitString(Buffer.from([0x06]), 1), true),
    ]);
  return {
    certificate: own,
    exportKeyPair: () => ({ certificate: own, key: pem(authority.privateKey) }),
    issue: ({ usage, names = [], ...subject }) => {
      const party = { ...newKey(), ...subject };
      return {
        key: pem(party.privateKey),
        certificate: certificate(party, authority, { nowMs, validMs: yearMs }, [
          ...(names.length === 0 ? [] : [extension("2.5.29.17", der.sequence(...names.map(alternativeName)))]),
          extension("2.5.29.37", der.sequence(...usages[usage].map((each) => der.objectIdentifier(each)))),
          // Clients that keep to RFC 5280 strictly (Python 3.13's default) look for it.
          extension("2.5.29.35", der.sequence(der.context(0, keyIdentifier(authority)))),
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

function readKey(key: string): { publicKey: KeyObject; privateKey: KeyObject } {
  const privateKey = createPrivateKey(key);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Any value that differs by key will do (RFC 5280 4.2.1.2). */
function keyIdentifier({ publicKey }: Party): Buffer {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}

function certificate(
  subject: Party,
  issuer: Party,
  validity: { readonly nowMs: number; readonly validMs: number },
  extensions: Buffer[],
): string {
  const { nowMs, validMs } = validity;
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
    der.explicit(3, der.sequence(...extensions, extension("2.5.29.14", der.octetString(keyIdentifier(subject))))),
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
