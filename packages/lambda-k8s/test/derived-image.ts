import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The containerd of the development cluster's node. */
const socket = process.env["FC_CLUSTER_CONTAINERD"] ?? "/var/lib/fc-cluster/run/containerd-1.sock";
const ctr = async (...args: string[]): Promise<string> =>
  (await run("ctr", ["-a", socket, "-n", "k8s.io", ...args])).stdout;

export interface DerivedImage {
  readonly base: string;
  /** Under which it is imported. */
  readonly name: string;
  /** Puts the files of one more layer into a folder. */
  readonly fill: (folder: string) => Promise<void>;
  /** Over the base's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * What `docker build` would make of `FROM <base>` and a COPY: on the cluster's node until it is disposed of. Only what is new is
 * imported: the base's layers are there.
 */
export async function importDerivedImage(image: DerivedImage): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "fc-image-"));
  try {
    const oci = join(folder, "oci");
    await mkdir(join(oci, "blobs/sha256"), { recursive: true });
    await writeFile(join(oci, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await addLayer(oci, folder, image);
    await run("tar", ["-cf", join(folder, "image.tar"), "-C", oci, "."]);
    await ctr("images", "import", join(folder, "image.tar"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { [Symbol.asyncDispose]: () => removeImage(image.name) };
}

/** Takes an image from the cluster's node. */
export async function removeImage(name: string): Promise<void> {
  await ctr("images", "rm", name);
}

async function addLayer(oci: string, work: string, { base, name, fill, config: own }: DerivedImage): Promise<void> {
  const blob = (digest: string): string => join(oci, "blobs", digest.replace(":", "/"));
  const content = async (digest: string): Promise<Json> => JSON.parse(await ctr("content", "get", digest)) as Json;
  const add = async (bytes: Uint8Array, mediaType: string): Promise<Json> => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    await writeFile(blob(digest), bytes);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const target = /sha256:[0-9a-f]{64}/.exec(await ctr("images", "ls", `name==${base}`))?.[0];
  if (target === undefined) throw new Error(`There is no image ${base} on the cluster's node`);
  let manifest = await content(target);
  if (manifest.manifests !== undefined) manifest = await content(manifest.manifests[0].digest);
  const config = await content(manifest.config.digest);
  const files = join(work, "layer");
  await mkdir(files);
  await fill(files);
  await run("tar", ["--owner=0", "--group=0", "-cf", join(work, "layer.tar"), "-C", files, "."]);
  const layer = await add(await readFile(join(work, "layer.tar")), "application/vnd.oci.image.layer.v1.tar");
  config.rootfs.diff_ids.push(layer.digest);
  config.history = undefined;
  Object.assign(config.config, own);
  const configured = await add(Buffer.from(JSON.stringify(config)), "application/vnd.oci.image.config.v1+json");
  const whole = { ...manifest, config: configured, layers: [...manifest.layers, layer] };
  const top = await add(Buffer.from(JSON.stringify(whole)), "application/vnd.oci.image.manifest.v1+json");
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
  await writeFile(join(oci, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [{ ...top, annotations }] }));
}

// biome-ignore lint/suspicious/noExplicitAny: documents of another specification, read where a test would fail anyway
type Json = any;
