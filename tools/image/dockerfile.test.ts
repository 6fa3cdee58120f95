import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../lib/run.ts";
import { imageConfig } from "./image-config.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const dockerfile = read("deploy/image/Dockerfile");
const final = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));

/** The arguments of every such instruction of the final stage. */
function said(instruction: string): string[] {
  return [...final.matchAll(new RegExp(`^${instruction} (.*)$`, "gm"))].map(([, text = ""]) => text);
}

test("the Dockerfile configures the image as the script does", () => {
  // These two come with the base image.
  const ofBase = imageConfig.Env.filter((line) => /^(PATH|SSL_CERT_FILE)=/.test(line));
  expect([...ofBase, ...said("ENV")]).toEqual(imageConfig.Env);
  expect(said("USER")).toEqual([imageConfig.User]);
  expect(said("WORKDIR")).toEqual([imageConfig.WorkingDir]);
  expect(said("EXPOSE").map((port) => `${port}/tcp`)).toEqual(Object.keys(imageConfig.ExposedPorts));
  expect(said("ENTRYPOINT").map((text) => JSON.parse(text))).toEqual([imageConfig.Entrypoint]);
  const labels = said("LABEL").map((text) => /^(\S+?)="(.*)"$/.exec(text)?.slice(1) as [string, string]);
  expect(Object.fromEntries(labels)).toEqual(imageConfig.Labels);
});

test("and builds with the repository's versions of Node.js and pnpm", () => {
  const { packageManager } = JSON.parse(read("package.json")) as { packageManager: string };
  const [, node = ""] = /^ {2}node: (\S+)$/m.exec(read("pnpm-workspace.yaml")) ?? [];
  expect(dockerfile).toContain(`FROM node:${node}-bookworm-slim AS build`);
  expect(dockerfile.match(/pnpm@[\d.]+/g)).toEqual([packageManager, packageManager]);
});

test("manifests and chart name the version that is built", () => {
  const { version } = JSON.parse(read("packages/server/package.json")) as { version: string };
  expect(read("deploy/kustomize/base/kustomization.yaml")).toContain(`newTag: ${version}\n`);
  const chart = read("deploy/helm/fakecloud/Chart.yaml");
  expect(chart.match(/^(version|appVersion): .*$/gm)).toEqual([`version: ${version}`, `appVersion: ${version}`]);
});
