import { createWriteStream, readFileSync, renameSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { folderEntry, textEntry } from "./file-entries.ts";
import { imageConfig } from "./image-config.ts";
import { type Layer, sha256 } from "./layer.ts";
import { type TarEntry, tar } from "./tar.ts";

/** How long ago it was made says nothing of an image: equal content is an equal image. */
const created = "1970-01-01T00:00:00Z";
const media = "application/vnd.oci.image";

/**
 * Writes an OCI image layout as a tar (image-spec, image-layout.md): what `ctr images import`, `kind load image-archive`, `docker load` and
 * `skopeo copy oci-archive:` take.
 */
export async function writeOciArchive(
  file: string,
  options: {
    readonly name: string;
    readonly tag: string;
    readonly architecture: string;
    /** The lowest first. */
    readonly layers: readonly Layer[];
  },
): Promise<void> {
  const { name, tag, architecture, layers } = options;
  const config = blob({
    created,
    architecture,
    os: "linux",
    config: imageConfig,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ createdBy }) => ({ created, created_by: createdBy })),
  });
  const manifest = blob({
    schemaVersion: 2,
    mediaType: `${media}.manifest.v1+json`,
    config: descriptor(config, `${media}.config.v1+json`),
    layers: layers.map(({ digest, size }) => ({ mediaType: `${media}.layer.v1.tar+gzip`, digest, size })),
  });
  const index = {
    schemaVersion: 2,
    mediaType: `${media}.index.v1+json`,
    manifests: [
      {
        ...descriptor(manifest, `${media}.manifest.v1+json`),
        platform: { os: "linux", architecture },
        // The first is the specification's; containerd takes the whole name, as a node's kubelet asks for it, from the second.
        annotations: {
          "org.opencontainers.image.ref.name": tag,
          "io.containerd.image.name": `docker.io/library/${name}:${tag}`,
        },
      },
    ],
  };
  const entries: readonly TarEntry[] = [
    textEntry("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })),
    textEntry("index.json", JSON.stringify(index)),
    folderEntry("blobs"),
    folderEntry("blobs/sha256"),
    ...[config, manifest].map(({ digest, text }) => textEntry(blobPath(digest), text)),
    ...layers.map((layer): TarEntry => {
      const read = (): Buffer => readFileSync(layer.file);
      return { path: blobPath(layer.digest), mode: 0o644, content: { type: "file", read } };
    }),
  ];
  const part = `${file}.${process.pid}`;
  await pipeline(Readable.from(tar(entries)), createWriteStream(part));
  renameSync(part, file);
}

interface Blob {
  readonly text: string;
  readonly digest: string;
}

function blob(document: object): Blob {
  const text = JSON.stringify(document);
  return { text, digest: `sha256:${sha256(text)}` };
}

function descriptor({ text, digest }: Blob, mediaType: string): object {
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}
