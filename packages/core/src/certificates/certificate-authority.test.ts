import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { createCertificateAuthority } from "./certificate-authority.ts";

const nowMs = Date.UTC(2026, 0, 1);
const authority = createCertificateAuthority({ commonName: "test-ca", nowMs });

test("what it issues verifies against its certificate, and against no other's", () => {
  const issued = new X509Certificate(authority.issue({ commonName: "a", usage: "server" }).certificate);
  const other = new X509Certificate(createCertificateAuthority({ commonName: "test-ca", nowMs }).certificate);
  const own = new X509Certificate(authority.certificate);
  expect(own.ca).toBe(true);
  expect(issued.ca).toBe(false);
  expect([issued.verify(own.publicKey), issued.verify(other.publicKey)]).toEqual([true, false]);
  expect(issued.checkIssued(own)).toBe(true);
});

test("a server is known by its names and addresses, a client by name and group", () => {
  const server = authority.issue({ commonName: "s", usage: "server", names: ["localhost", "127.0.0.1"] });
  const client = authority.issue({ commonName: "c", organisation: "system:masters", usage: "client" });
  const parsed = new X509Certificate(server.certificate);
  expect(parsed.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  expect(parsed.checkIP("127.0.0.2")).toBeUndefined();
  expect(new X509Certificate(client.certificate).subject).toBe("O=system:masters\nCN=c");
  expect(parsed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  const peer = new X509Certificate(authority.issue({ commonName: "p", usage: "peer" }).certificate);
  expect(peer.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

test("a certificate is valid from a little before now for a year", () => {
  const { validFromDate, validToDate } = new X509Certificate(authority.certificate);
  expect(validFromDate).toEqual(new Date(nowMs - 300_000));
  expect(validToDate).toEqual(new Date(nowMs + 365 * 24 * 3_600_000));
});

test("an authority made again from its key pair issues what the first one's certificate verifies", () => {
  const again = createCertificateAuthority({ commonName: "test-ca", nowMs, keyPair: authority.exportKeyPair() });
  expect(again.certificate).toBe(authority.certificate);
  const issued = new X509Certificate(again.issue({ commonName: "a", usage: "server" }).certificate);
  const own = new X509Certificate(authority.certificate);
  expect([issued.verify(own.publicKey), issued.checkIssued(own)]).toEqual([true, true]);
});

test("an authority's own validity can be longer", () => {
  const long = createCertificateAuthority({ commonName: "x", nowMs, validMs: 1_000_000 });
  expect(new X509Certificate(long.certificate).validToDate).toEqual(new Date(nowMs + 1_000_000));
});
