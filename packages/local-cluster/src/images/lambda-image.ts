import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findProgram } from "../node/isolation/host-tools.ts";
import type { ImageHandler, ImagePlan, ImageReference, ImageResolution } from "./image-handler.ts";
import { findJavaClient, javaClientCommand, mavenRepository } from "./java-client.ts";
import { findJava } from "./java-program.ts";

export interface LambdaImageOptions {
  /** Node for `lambda/nodejs`. Default: the one that runs this process. */
  readonly nodePath?: string;
  /** Finds a program of the machine by name. */
  readonly find?: (name: string) => string | undefined;
  /** Where the runtime interface client for Java is looked for. Default: Maven's own, in the home folder. */
  readonly mavenRepository?: string;
}

const repositoryForm = /(?:^|\/)lambda\/([a-z]+)$/;
const entrypoint = "/lambda-entrypoint.sh";
const runtimeFolder = "/var/runtime";
const nodeProgram = "/var/lang/bin/node";
const javaClientFolder = "/var/lib/aws-lambda-java";

/** Folders that every Pod sees at their own place. */
const visibleFolders = /^\/(usr|bin|sbin|lib|lib32|lib64|libx32|etc|nix)\//;

/**
 * AWS's Lambda base images (`public.ecr.aws/lambda/nodejs`, `python`, `java`, `provided`; mirrors too) as programs of this machine with a
 * small runtime client each, Java with AWS's own. They need the Runtime API: there is no emulator on port 8080.
 */
export function createLambdaImageHandler(options: LambdaImageOptions = {}): ImageHandler {
  const find = options.find ?? ((name: string) => findProgram(name));
  const nodePath = options.nodePath ?? process.execPath;
  const versions = new Map<string, Promise<string>>();
  const versionOf = (program: string): Promise<string> => {
    const known = versions.get(program) ?? programVersion(program);
    versions.set(program, known);
    return known;
  };
  return {
    matches: (image) => repositoryForm.test(image.repository),
    resolve: async (image) => {
      switch (repositoryForm.exec(image.repository)?.[1]) {
        case "nodejs":
          return available(nodePlan(image, nodePath, await versionOf(nodePath)));
        case "python":
          return await pythonImage(image, find, versionOf);
        case "java":
          return javaImage(image, find, options.mavenRepository ?? mavenRepository());
        case "provided":
          return available(basePlan("provided", {}, {}));
        default:
          return {
            available: false,
            reason: `the embedded cluster has no ${image.repository}: it runs nodejs, python, java and provided; use a real cluster for others`,
          };
      }
    },
  };
}

function nodePlan(image: ImageReference, nodePath: string, version: string): ImagePlan {
  const major = majorOf(image);
  const modules = [
    `/opt/nodejs/node${major}/node_modules`,
    "/opt/nodejs/node_modules",
    `${runtimeFolder}/node_modules`,
  ];
  return {
    ...basePlan("node", { LAMBDA_PROGRAM: nodeProgram, NODE_PATH: modules.join(":") }, { [nodeProgram]: nodePath }),
    warnings: versionWarnings(image, version),
  };
}

async function pythonImage(
  image: ImageReference,
  find: (name: string) => string | undefined,
  versionOf: (program: string) => Promise<string>,
): Promise<ImageResolution> {
  const program = find(`python${image.tag}`) ?? find("python3");
  if (program === undefined)
    return {
      available: false,
      reason: `neither python${image.tag} nor python3 is on this machine: install Python 3 to run ${image.repository}`,
    };
  const path = realpathSync(program);
  const env = { LAMBDA_PROGRAM: path, PYTHONPATH: "/opt/python" };
  const plan = basePlan("python", env, installation(dirname(dirname(path))));
  return available({ ...plan, warnings: versionWarnings(image, await versionOf(program)) });
}

function javaImage(
  image: ImageReference,
  find: (name: string) => string | undefined,
  repository: string,
): ImageResolution {
  const wanted = majorOf(image);
  const java = findJava(wanted, find);
  if (java === undefined)
    return {
      available: false,
      reason: `java is not on this machine: install a JRE ${wanted} to run ${image.repository}:${image.tag}`,
    };
  const jars = findJavaClient(repository);
  if (jars === undefined)
    return {
      available: false,
      reason: `AWS's runtime interface client for Java is not in ${repository}: fetch it with \`${javaClientCommand}\``,
    };
  const inPod = jars.map((jar) => `${javaClientFolder}/${basename(jar)}`);
  const files = Object.fromEntries(jars.map((jar, index) => [inPod[index], jar]));
  const env = { LAMBDA_PROGRAM: java.path, LAMBDA_JAVA_CLASSPATH: inPod.join(":") };
  const plan = basePlan("java", env, { ...files, ...installation(java.home) });
  return available({ ...plan, warnings: versionWarnings({ ...image, tag: wanted }, java.version) });
}

/** Outside of the system's folders a program brings its library beside it. */
function installation(folder: string): Readonly<Record<string, string>> {
  return visibleFolders.test(`${folder}/`) ? {} : { [folder]: folder };
}

function basePlan(
  kind: "node" | "python" | "java" | "provided",
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
): ImagePlan {
  const assets = assetFolder();
  return {
    entrypoint: [entrypoint],
    command: [],
    env: {
      LANG: "C.UTF-8",
      PATH: "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
      LAMBDA_TASK_ROOT: "/var/task",
      LAMBDA_RUNTIME_DIR: runtimeFolder,
      ...env,
    },
    workingDirectory: "/var/task",
    files: { [entrypoint]: `${assets}/lambda-entrypoint.sh`, [runtimeFolder]: `${assets}/${kind}`, ...files },
  };
}

function majorOf({ tag }: ImageReference): string {
  return tag.split(/[.-]/, 1)[0] ?? "";
}

/** Sources lie one folder deeper than the bundle. */
function assetFolder(): string {
  const found = ["../assets/lambda", "../../assets/lambda"]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(`${path}/lambda-entrypoint.sh`));
  if (found === undefined)
    throw new Error(`The folder assets/lambda of @fc/local-cluster is missing beside ${import.meta.url}`);
  return found;
}

function versionWarnings(image: ImageReference, version: string): NonNullable<ImagePlan["warnings"]> {
  const wanted = image.tag.split("-", 1)[0] ?? "";
  if (version === wanted || version.startsWith(`${wanted}.`)) return [];
  return [
    { reason: "OtherVersion", message: `${image.repository}:${image.tag} runs on this machine's version ${version}` },
  ];
}

async function programVersion(program: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, ["--version"], { timeout: 10_000 });
  return /\d+(\.\d+)*/.exec(stdout || stderr)?.[0] ?? "unknown";
}

function available(plan: ImagePlan): ImageResolution {
  return { available: true, plan };
}
