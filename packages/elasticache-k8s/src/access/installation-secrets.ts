import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type Clock, FcError } from "@fc/core";
import { type CertificateAuthority, createCertificateAuthority } from "@fc/core/certificates";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { type K8sClient, KubernetesError, names } from "@fc/k8s";
import type { V1Secret } from "@kubernetes/client-node";
import { cachePrefix } from "../pod/cache-names.ts";

/** What an installation's caches have in common, from one Secret. */
export interface InstallationAccess {
  readonly authority: CertificateAuthority;
  /** The password of the private admin user in the engines of an account: the same for a node's whole life, and after a restart. */
  adminPassword(spec: Pick<CacheNodeSpec, "account">): string;
  /** What users with IAM authentication are known by at the engine of a node: none of them has it. */
  iamPassword(nodeKey: string): string;
  /** Who has it may ask for the former. */
  iamToken(nodeKey: string): string;
}

/** The password of users with IAM authentication at a node, for who has the node's token. */
export function iamPasswordFor(access: InstallationAccess, nodeKey: string, token: string): string | undefined {
  const wanted = Buffer.from(access.iamToken(nodeKey));
  const given = Buffer.from(token);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  return access.iamPassword(nodeKey);
}

const authorityName = "fakecloud-elasticache";
const tenYearsMs = 10 * 365 * 24 * 3_600_000;
const fields = { key: "admin.key", certificate: "ca.crt", certificateKey: "ca.key" } as const;

/** The Secret of an installation: the certificate authority of its caches, and what their admin passwords are made from. */
export class InstallationSecrets {
  readonly #client: K8sClient;
  readonly #clock: Clock;
  #access: Promise<InstallationAccess> | undefined;

  constructor(client: K8sClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  get name(): string {
    return names.podName(cachePrefix, "installation", this.#client.installationId);
  }

  /** Reads it, or makes it at the first use; whichever process makes it, all have the same. */
  access(): Promise<InstallationAccess> {
    this.#access ??= this.#open().catch((error: unknown) => {
      this.#access = undefined;
      throw error;
    });
    return this.#access;
  }

  /** With the last caches of an installation that ends with its process. */
  async remove(): Promise<void> {
    this.#access = undefined;
    await this.#client.deleteSecret(this.name);
  }

  async #open(): Promise<InstallationAccess> {
    const found = (await this.#client.getSecret(this.name)) ?? (await this.#create());
    const read = (field: string): string => {
      const value = found.data?.[field];
      if (value === undefined)
        throw new FcError(
          "FC_CACHE_SECRET_INCOMPLETE",
          `Secret ${this.name} has no ${field}; delete it to have it made again`,
        );
      return Buffer.from(value, "base64").toString("utf8");
    };
    const key = read(fields.key);
    const authority = createCertificateAuthority({
      commonName: authorityName,
      nowMs: this.#clock.now(),
      keyPair: { certificate: read(fields.certificate), key: read(fields.certificateKey) },
    });
    const derived = (name: string): string => createHmac("sha256", key).update(name).digest("hex");
    return {
      authority,
      adminPassword: ({ account }) => derived(`admin/${account}`),
      iamPassword: (nodeKey) => derived(`iam-password/${nodeKey}`),
      iamToken: (nodeKey) => derived(`iam-token/${nodeKey}`),
    };
  }

  async #create(): Promise<V1Secret> {
    const made = createCertificateAuthority({
      commonName: authorityName,
      nowMs: this.#clock.now(),
      validMs: tenYearsMs,
    });
    const { certificate, key } = made.exportKeyPair();
    const secret: V1Secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: this.#client.owned({ name: this.name }, "installation", "elasticache"),
      type: "Opaque",
      stringData: {
        [fields.key]: randomBytes(32).toString("hex"),
        [fields.certificate]: certificate,
        [fields.certificateKey]: key,
      },
    };
    try {
      await this.#client.createSecret(secret);
    } catch (error) {
      // Another process of the installation was first: its Secret is the one.
      if (!KubernetesError.is(error) || error.code !== "FC_K8S_CONFLICT") throw error;
    }
    const stored = await this.#client.getSecret(this.name);
    if (stored === undefined) throw new FcError("FC_CACHE_SECRET_INCOMPLETE", `Secret ${this.name} is gone again`);
    return stored;
  }
}
