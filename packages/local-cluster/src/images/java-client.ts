import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What AWS's runtime interface client for Java consists of, as folders of a Maven repository. */
const artifacts = [
  "com/amazonaws/aws-lambda-java-runtime-interface-client",
  "com/amazonaws/aws-lambda-java-core",
  "com/amazonaws/aws-lambda-java-serialization",
  "software/amazon/awssdk/utils-lite",
];

/** How to get it. */
export const javaClientCommand =
  "mvn dependency:get -Dartifact=com.amazonaws:aws-lambda-java-runtime-interface-client:2.10.1";

/** Where Maven keeps what it has fetched. */
export function mavenRepository(): string {
  return join(homedir(), ".m2/repository");
}

/** The client's jars in a Maven repository, the newest version of each; undefined when one is missing. */
export function findJavaClient(repository: string): readonly string[] | undefined {
  const jars = artifacts.map((artifact) => newestJar(join(repository, artifact)));
  return jars.every((jar) => jar !== undefined) ? jars : undefined;
}

function newestJar(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  return readdirSync(folder)
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((version) => join(folder, version, `${name}-${version}.jar`))
    .find((jar) => existsSync(jar));
}
