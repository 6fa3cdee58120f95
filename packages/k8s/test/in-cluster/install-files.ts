import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { K8sClient } from "../../src/index.ts";

const root = join(import.meta.dirname, "..", "..");
const core = join(root, "..", "core");
const ws = join(root, "node_modules", "ws");

/** Copies the probe, the built package and what that needs into a container, as `npm install` would lay them out. */
export async function installFiles(client: K8sClient, pod: string, container: string, folder: string): Promise<void> {
  const files: Record<string, string> = {
    "probe.mjs": await readFile(join(import.meta.dirname, "probe.mjs"), "utf8"),
    ...(await packageFiles("@fc/k8s", root, "dist")),
    ...(await packageFiles("@fc/core", core, "dist")),
    ...(await packageFiles("ws", ws, "lib")),
    "node_modules/ws/index.js": await readFile(join(ws, "index.js"), "utf8"),
    "node_modules/ws/wrapper.mjs": await readFile(join(ws, "wrapper.mjs"), "utf8"),
  };
  const unpack = `
    const { mkdirSync, writeFileSync } = require("node:fs");
    const { dirname, join } = require("node:path");
    const chunks = [];
    process.stdin.on("data", (chunk) => chunks.push(chunk)).on("end", () => {
      const files = JSON.parse(require("node:zlib").gunzipSync(Buffer.concat(chunks)));
      for (const [name, text] of Object.entries(files)) {
        const path = join(${JSON.stringify(folder)}, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
    });`;
  const stdin = gzipSync(JSON.stringify(files));
  const { success, stderr } = await client.exec(pod, container, ["node", "-e", unpack], { stdin });
  if (!success) throw new Error(`the files could not be installed: ${stderr}`);
}

async function packageFiles(name: string, folder: string, built: string): Promise<Record<string, string>> {
  const scripts = (await readdir(join(folder, built))).filter((file) => file.endsWith(".js"));
  const paths = ["package.json", ...scripts.map((file) => `${built}/${file}`)];
  const entries = paths.map(async (path) => [
    `node_modules/${name}/${path}`,
    await readFile(join(folder, path), "utf8"),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}
