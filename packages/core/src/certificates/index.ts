/**
 * A certificate authority for one process, for servers on loopback and inside a cluster: nothing to install, nothing on disk.
 *
 * @packageDocumentation
 */
export {
  type CertificateAuthority,
  type CertificateSubject,
  createCertificateAuthority,
  type KeyPair,
} from "./certificate-authority.ts";
