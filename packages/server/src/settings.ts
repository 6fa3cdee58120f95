import { address, boolean, integer, keyValueMap, matching, oneOf, type SettingsTable, text } from "@fc/core";
import { dataKeyForm } from "./storage/data-key.ts";

/** The server's own settings. Those of the packages it composes stand in their tables. */
export interface ServerSettings {
  readonly addr: { readonly host: string; readonly port: number };
  readonly internalAddr: { readonly host: string; readonly port: number } | undefined;
  readonly adminAddr: { readonly host: string; readonly port: number } | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly region: string;
  readonly accountId: string;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly storageMode: "memory" | "persistent" | undefined;
  readonly dataPath: string | undefined;
  readonly dataKey: string | undefined;
  readonly verifySigv4: boolean;
  readonly credentials: Readonly<Record<string, string>>;
  readonly adminToken: string | undefined;
  readonly containerBackend: string;
  readonly lambdaBackend: string | undefined;
  readonly elasticacheBackend: string | undefined;
  readonly elasticacheEndpoints: "auto" | "cluster-ip" | "dns";
  readonly isolation: "auto" | "ns-root" | "ns-user" | "plain";
  readonly initDir: string | undefined;
  readonly initTimeoutSeconds: number;
  readonly shutdownGraceSeconds: number;
}

/** One row per setting: reading, `--help` and docs/configuration.md come from here. */
export const serverSettings: SettingsTable<ServerSettings> = {
  addr: {
    name: "FAKECLOUD_ADDR",
    flag: "addr",
    parse: address,
    default: { host: "127.0.0.1", port: 4566 },
    doc: "Where the AWS endpoint listens. With port 0 the system chooses; the line `FAKECLOUD_PORT=<n>` tells which.",
  },
  internalAddr: {
    name: "FAKECLOUD_INTERNAL_ADDR",
    flag: "internal-addr",
    parse: address,
    doc: "Where Pods reach the Runtime API. Default: a loopback port of its own on the embedded cluster; the AWS endpoint's own listener on a real one.",
  },
  adminAddr: {
    name: "FAKECLOUD_ADMIN_ADDR",
    flag: "admin-addr",
    parse: address,
    doc: "Where `/_reset`, `/metrics` and `/_fakecloud/*` are. Default: where the AWS endpoint is. When set, that one answers of them only what is open: health, readiness and what has a token of its own.",
  },
  tlsCert: {
    name: "FAKECLOUD_TLS_CERT",
    flag: "tls-cert",
    parse: text,
    blank: "unset",
    doc: "File with the certificate chain (PEM) by which the AWS endpoint, and FAKECLOUD_ADMIN_ADDR, are HTTPS. Read again every ten seconds: a renewed one is used without a restart.",
  },
  tlsKey: {
    name: "FAKECLOUD_TLS_KEY",
    flag: "tls-key",
    parse: text,
    blank: "unset",
    doc: "File with the key of that certificate (PEM).",
  },
  region: {
    name: "FAKECLOUD_REGION",
    flag: "region",
    parse: matching(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region, for example us-east-1"),
    default: "us-east-1",
    doc: "Region of requests whose credential scope names none.",
  },
  accountId: {
    name: "FAKECLOUD_ACCOUNT_ID",
    flag: "account-id",
    parse: matching(/^\d{12}$/, "twelve digits"),
    default: "123456789012",
    doc: "Account of requests whose access key is not itself a twelve-digit account.",
  },
  logLevel: {
    name: "FAKECLOUD_LOG",
    flag: "log-level",
    parse: oneOf("trace", "debug", "info", "warn", "error", "silent"),
    default: "info",
    doc: "Lowest level that is logged, as JSON lines on standard error.",
  },
  storageMode: {
    name: "FAKECLOUD_STORAGE_MODE",
    flag: "storage-mode",
    parse: oneOf("memory", "persistent"),
    doc: "Where state is kept. Default: `persistent` when FAKECLOUD_DATA_PATH is set, else `memory`.",
  },
  dataPath: {
    name: "FAKECLOUD_DATA_PATH",
    flag: "data-path",
    parse: text,
    blank: "unset",
    doc: "Folder of the persistent storage, made when absent; one server at a time. State in it survives every end of the process.",
  },
  dataKey: {
    name: "FAKECLOUD_DATA_KEY",
    parse: matching(dataKeyForm, "32 bytes in base64, as `openssl rand -base64 32` writes them"),
    blank: "unset",
    secret: true,
    doc: "Key that encrypts the records of the persistent storage. Default: the one in the file `data.key` of the folder, made with it.",
  },
  verifySigv4: {
    name: "FAKECLOUD_VERIFY_SIGV4",
    flag: "verify-sigv4",
    parse: boolean,
    default: false,
    doc: "Refuse requests whose signature does not verify against FAKECLOUD_CREDENTIALS.",
  },
  credentials: {
    name: "FAKECLOUD_CREDENTIALS",
    parse: keyValueMap,
    default: { test: "test" },
    secret: true,
    doc: "Access keys and their secrets, for --verify-sigv4. Without verification any key is accepted.",
  },
  adminToken: {
    name: "FAKECLOUD_ADMIN_TOKEN",
    parse: matching(/^\S{8,}$/, "at least 8 characters without blanks"),
    blank: "unset",
    secret: true,
    doc: "When set, `/_reset` and `/_fakecloud/*` (health, readiness and what has a token of its own excepted) need `Authorization: Bearer <token>`.",
  },
  containerBackend: {
    name: "FAKECLOUD_CONTAINER_BACKEND",
    flag: "backend",
    parse: text,
    default: "local",
    doc: "What runs functions and caches: `local` (embedded Kubernetes), `k8s` (the cluster of the kubeconfig or of the own Pod), or a module that exports a backend.",
  },
  lambdaBackend: {
    name: "FAKECLOUD_LAMBDA_BACKEND",
    flag: "lambda-backend",
    parse: text,
    blank: "unset",
    doc: "The same for Lambda alone. Default: FAKECLOUD_CONTAINER_BACKEND.",
  },
  elasticacheBackend: {
    name: "FAKECLOUD_ELASTICACHE_BACKEND",
    flag: "elasticache-backend",
    parse: text,
    blank: "unset",
    doc: "The same for ElastiCache alone. Default: FAKECLOUD_CONTAINER_BACKEND.",
  },
  elasticacheEndpoints: {
    name: "FAKECLOUD_ELASTICACHE_ENDPOINTS",
    flag: "elasticache-endpoints",
    parse: oneOf("auto", "cluster-ip", "dns"),
    default: "auto",
    doc: "The address that Describe returns: the Service's cluster IP or its DNS name. `auto`: DNS when the server runs in the cluster, else the cluster IP.",
  },
  isolation: {
    name: "FAKECLOUD_LOCAL_ISOLATION",
    flag: "isolation",
    parse: oneOf("auto", "ns-root", "ns-user", "plain"),
    default: "auto",
    doc: "How the embedded cluster isolates Pods: by namespaces as root, by user namespaces, or not at all. `auto` takes the best that works.",
  },
  initDir: {
    name: "FAKECLOUD_INIT_DIR",
    flag: "init-dir",
    parse: text,
    blank: "unset",
    doc: "Folder of init hooks: executable files and modules for Node.js (.js, .mjs), run by name one after the other once the server answers. Readiness waits for them; one that fails fails the start.",
  },
  initTimeoutSeconds: {
    name: "FAKECLOUD_INIT_TIMEOUT_SECONDS",
    parse: integer({ min: 1, max: 86_400 }),
    default: 300,
    doc: "Seconds that one init hook may take.",
  },
  shutdownGraceSeconds: {
    name: "FAKECLOUD_SHUTDOWN_GRACE_SECONDS",
    parse: integer({ min: 0, max: 3600 }),
    default: 25,
    doc: "Seconds that a stop may take before it is cut short.",
  },
};
