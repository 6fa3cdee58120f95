import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.ts";

const manifest = JSON.parse(readFileSync(join(root, "packages/server/package.json"), "utf8")) as {
  readonly version: string;
  readonly description: string;
  readonly license: string;
};

/** Who the server is in its image: the user of the distroless images. */
export const imageUser = { id: 65_532, name: "nonroot", home: "/home/nonroot" } as const;

/** Name and tag of the image. No registry has it: it is built, and pushed or imported under a name of one's own. */
export const imageName: { readonly name: string; readonly tag: string } = {
  name: "fc-server",
  tag: manifest.version,
};

/** Where the server's files are in the image. */
export const appFolder = "/app";

/** The folder for `--data-path`, there for volumes. */
export const dataFolder = "/data";

interface ImageConfig {
  readonly User: string;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** The image's run-time configuration (OCI image spec, config.md). The Dockerfile says the same; a test compares them. */
export const imageConfig: ImageConfig = {
  User: `${imageUser.id}:${imageUser.id}`,
  ExposedPorts: { "4566/tcp": {} },
  Env: [
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    "NODE_ENV=production",
    "FAKECLOUD_CONTAINER_BACKEND=k8s",
    "FAKECLOUD_ADDR=0.0.0.0:4566",
  ],
  Entrypoint: ["/usr/local/bin/node", `${appFolder}/bin/fc-server.js`],
  WorkingDir: imageUser.home,
  StopSignal: "SIGTERM",
  Labels: {
    "org.opencontainers.image.title": imageName.name,
    "org.opencontainers.image.description": manifest.description,
    "org.opencontainers.image.version": manifest.version,
    "org.opencontainers.image.licenses": manifest.license,
  },
};
