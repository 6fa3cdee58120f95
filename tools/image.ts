/**
 * `pnpm image`: builds the server's container image as an OCI archive, for this machine's architecture, without Docker. Needs Debian or Ubuntu, for
 * the C library and the certificates of their packages. Prints the archive's path last.
 *
 *   --output PATH     where the archive goes. Default: .cache/image/fc-server-<version>-<architecture>.tar
 *   --app-only PATH   only the server's files, into this folder: what the Dockerfile copies
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { arch } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { deployApp } from "./image/app-files.ts";
import { baseEntries, packageVersions } from "./image/base-files.ts";
import { fileEntries, folderEntry } from "./image/file-entries.ts";
import { appFolder, imageName } from "./image/image-config.ts";
import { type Layer, layer, sha256OfFile } from "./image/layer.ts";
import { writeOciArchive } from "./image/oci-archive.ts";
import { type TarEntry, tar } from "./image/tar.ts";
import { root } from "./lib/run.ts";

/** What a cluster pulls, at most. */
const maxBytes = 90_000_000;

const { values } = parseArgs({ options: { output: { type: "string" }, "app-only": { type: "string" } } });
if (values["app-only"] === undefined) await buildImage(values.output);
else await deployApp(resolve(values["app-only"]));

async function buildImage(output: string | undefined): Promise<void> {
  const cache = join(root, ".cache", "image");
  const architecture = { x64: "amd64", arm64: "arm64" }[arch() as "x64"] ?? arch();
  const { name, tag } = imageName;
  const file = resolve(output ?? join(cache, `${name}-${tag}-${architecture}.tar`));
  const layers = [await baseLayer(cache), await nodeLayer(cache), ...(await appLayers(cache))];
  await writeOciArchive(file, { name, tag, architecture, layers });
  const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1).padStart(6)} MB`;
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  for (const { createdBy, size } of layers) console.error(`${megabytes(size)}  ${createdBy}`);
  console.error(`${megabytes(total)}  ${name}:${tag} (linux/${architecture})`);
  if (total > maxBytes) throw new Error(`The image is larger than ${megabytes(maxBytes).trim()}`);
  console.log(file);
}

function baseLayer(cache: string): Promise<Layer> {
  const versions = packageVersions();
  return layer(join(cache, "layers"), `Debian: ${versions.join(" ")}`, versions, () => baseEntries(versions, cache));
}

async function nodeLayer(cache: string): Promise<Layer> {
  const program = process.execPath;
  return await layer(join(cache, "layers"), `Node.js ${process.version}`, [await sha256OfFile(program)], () => [
    ...["usr", "usr/local", "usr/local/bin"].map((path) => folderEntry(path)),
    { path: "usr/local/bin/node", mode: 0o755, content: { type: "file", read: () => readFileSync(program) } },
  ]);
}

/** What others wrote, and on top what changes with every commit. */
async function appLayers(cache: string): Promise<Layer[]> {
  const folder = join(cache, "app");
  await deployApp(folder);
  const target = appFolder.slice(1);
  const entries = [folderEntry(target), ...fileEntries(folder, target)];
  const ours = entries.filter(({ path }) => !path.includes("/node_modules/") || path.includes("/@fc"));
  const theirs = entries.filter((entry) => !ours.includes(entry));
  return [await contentLayer(cache, "packages of others", theirs), await contentLayer(cache, "@fc/server", ours)];
}

/** A layer that depends on nothing but its own bytes. */
async function contentLayer(cache: string, createdBy: string, entries: readonly TarEntry[]): Promise<Layer> {
  const hash = createHash("sha256");
  for (const chunk of tar(entries)) hash.update(chunk);
  return await layer(join(cache, "layers"), createdBy, [hash.digest("hex")], () => entries);
}
