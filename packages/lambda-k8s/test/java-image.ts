import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { importDerivedImage } from "./derived-image.ts";
import { javaClientJars } from "./java-program.ts";

const run = promisify(execFile);
/** What AWS's client and a plain handler use: the whole of a JDK would be 200 MB. */
const modules = "java.base,java.logging,java.management,java.naming,java.sql,java.xml,jdk.crypto.ec,jdk.unsupported";

const bootstrap = `#!/bin/bash
exec \${AWS_LAMBDA_EXEC_WRAPPER:-} /var/lang/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '/var/runtime/lib/*' \\
  com.amazonaws.services.lambda.runtime.api.client.AWSLambda "$_HANDLER"
`;

/** A stand-in for AWS's base image of Java, under its public name and with its layout: this machine's Java and AWS's own client. */
export function importJavaImage(name: string): Promise<AsyncDisposable> {
  return importDerivedImage({
    base: "public.ecr.aws/lambda/provided:al2023",
    name,
    fill: async (folder) => {
      await mkdir(join(folder, "var/runtime/lib"), { recursive: true });
      const linked = join(folder, "var/lang");
      const options = ["--strip-java-debug-attributes", "--no-header-files", "--no-man-pages"];
      await run("jlink", ["--add-modules", modules, ...options, "--output", linked]);
      for (const jar of await javaClientJars()) await copyFile(jar, join(folder, "var/runtime/lib", basename(jar)));
      await writeFile(join(folder, "var/runtime/bootstrap"), bootstrap, { mode: 0o755 });
    },
  });
}
