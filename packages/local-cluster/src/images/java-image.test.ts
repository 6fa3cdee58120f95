import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseImageReference } from "./image-handler.ts";
import { findJavaClient } from "./java-client.ts";
import { findJava } from "./java-program.ts";
import { createLambdaImageHandler } from "./lambda-image.ts";

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "fc-java-"));
  for (const version of ["17.0.15", "25.0.3", "1.8.0_412"]) {
    const home = join(work, "jvm", version);
    mkdirSync(join(home, "bin"), { recursive: true });
    writeFileSync(join(home, "bin/java"), "");
    chmodSync(join(home, "bin/java"), 0o755);
    writeFileSync(join(home, "release"), `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`);
  }
  symlinkSync(join(work, "jvm/17.0.15/bin/java"), join(work, "java"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const jar = (name: string, version: string): void => {
  const folder = join(work, "repository", name, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.slice(name.lastIndexOf("/") + 1)}-${version}.jar`), "");
};

describe("Java of this machine", () => {
  test.each([
    ["8", "1.8.0_412"],
    ["11", "17.0.15"],
    ["17", "17.0.15"],
    ["21", "25.0.3"],
    ["30", "17.0.15"],
  ])("for Java %s is %s", (wanted, expected) => {
    expect(findJava(wanted, () => join(work, "java"), join(work, "jvm"))).toMatchObject({ version: expected });
  });

  test("is told apart from a link to it, and its home found", () => {
    const found = findJava("17", () => join(work, "java"), join(work, "none"));
    expect(found?.home).toBe(join(work, "jvm/17.0.15"));
    expect(findJava("17", () => undefined, join(work, "none"))).toBeUndefined();
  });
});

describe("AWS's runtime interface client for Java", () => {
  const resolve = (find: () => string | undefined) =>
    createLambdaImageHandler({ find, mavenRepository: join(work, "repository") }).resolve(
      parseImageReference("public.ecr.aws/lambda/java:17"),
    );

  test("is taken from Maven's repository, the newest version that is there whole", async () => {
    const client = "com/amazonaws/aws-lambda-java-runtime-interface-client";
    expect(await resolve(() => join(work, "java"))).toMatchObject({
      available: false,
      reason: expect.stringMatching(/is not in .*repository: fetch it with `mvn dependency:get /),
    });
    jar(client, "2.9.0");
    jar(client, "2.10.1");
    mkdirSync(join(work, "repository", client, "2.11.0"));
    jar("com/amazonaws/aws-lambda-java-core", "1.4.0");
    jar("com/amazonaws/aws-lambda-java-serialization", "1.2.0");
    expect(findJavaClient(join(work, "repository"))).toBeUndefined();
    jar("software/amazon/awssdk/utils-lite", "2.34.0");
    expect(findJavaClient(join(work, "repository"))?.[0]).toMatch(/client-2\.10\.1\.jar$/);
    expect(await resolve(() => join(work, "java"))).toMatchObject({
      available: true,
      plan: { env: { LAMBDA_JAVA_CLASSPATH: expect.stringContaining("/aws-lambda-java-core-1.4.0.jar:") } },
    });
  });
});
