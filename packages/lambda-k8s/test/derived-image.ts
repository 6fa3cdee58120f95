import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The containerd of the development cluster's node. */
const socket = process.env["FC_CLUSTER_CONTAINERD"] ?? "/var/lib/fc-cluster/run/containerd-1.sock";
const ctr = (...args: string[]): Promise<unknown> => run("ctr", ["-a", socket, "-n", "k8s.io", ...args]);

export interface DerivedImage {
  readonly base: string;
  /** Under which it is imported. */
  readonly name: string;
  /** Puts the files of one more layer into a folder. */
  readonly fill: (folder: string) => Promise<void>;
  /** Over the base's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What `docker build` would make of `FROM <base>` and a COPY: on the cluster's node until it is disposed of. */
export async function importDerivedImage(image: DerivedImage): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "fc-image-"));
  try {
    await ctr("images", "export", join(folder, "base.tar"), image.base);
    await mkdir(join(folder, "oci"));
    await run("tar", ["-xf", join(folder, "base.tar"), "-C", join(folder, "oci")]);
    await addLayer(join(folder, "oci"), folder, image);
    await run("tar", ["-cf", join(folder, "image.tar"), "-C", join(folder, "oci"), "."]);
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

async function addLayer(oci: string, work: string, { name, fill, config: own }: DerivedImage): Promise<void> {
  const blob = (digest: string): string => join(oci, "blobs", digest.replace(":", "/"));
  const readJson = async (path: string): Promise<Json> => JSON.parse(await readFile(path, "utf8")) as Json;
  const add = async (content: Uint8Array, mediaType: string): Promise<Json> => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    await writeFile(blob(digest), content);
    return { mediaType, digest, size: content.byteLength };
  };
  const index = await readJson(join(oci, "index.json"));
  let manifest = await readJson(blob(index.manifests[0].digest));
  if (manifest.manifests !== undefined) manifest = await readJson(blob(manifest.manifests[0].digest));
  const config = await readJson(blob(manifest.config.digest));
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
  await rm(join(oci, "manifest.json"), { force: true });
}

// biome-ignore lint/suspicious/noExplicitAny: documents of another specification, read where a test would fail anyway
type Json = any;
