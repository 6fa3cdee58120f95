import { execFile, spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CodePackage } from "@fc/lambda/backend";

const run = promisify(execFile);
const artifact = "com.amazonaws:aws-lambda-java-runtime-interface-client:2.10.1";

/** With FC_REQUIRE_TOOLS=1 (CI) tools that are missing fail the test instead. */
export const withoutJava: boolean =
  process.env["FC_REQUIRE_TOOLS"] !== "1" &&
  [["javac", "-version"] as const, ["mvn", "-version"] as const].some(
    ([tool, ask]) => spawnSync(tool, [ask]).status !== 0,
  );

/** The jars of AWS's runtime interface client, which Maven fetches when it does not have them. */
export async function javaClientJars(): Promise<readonly string[]> {
  const repository = join(homedir(), ".m2/repository");
  const jars = (): string[] =>
    globSync(
      ["com/amazonaws/aws-lambda-java-*/*/*.jar", "software/amazon/awssdk/utils-lite/*/*.jar"].map((glob) =>
        join(repository, glob),
      ),
    );
  if (jars().length < 4) await run("mvn", ["-q", "-B", "dependency:get", `-Dartifact=${artifact}`]);
  return jars();
}

const source = `
package example;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.HashMap;
import java.util.Map;

public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  static { System.out.println("class loaded"); }
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    System.out.println("event " + event);
    context.getLogger().log("logged\\n");
    if (event.containsKey("throw")) throw new IllegalStateException((String) event.get("throw"));
    if (event.containsKey("exit")) System.exit((Integer) event.get("exit"));
    Map<String, Object> seen = new HashMap<>();
    seen.put("event", event);
    seen.put("greeting", System.getenv("GREETING"));
    seen.put("execution", System.getenv("AWS_EXECUTION_ENV"));
    seen.put("requestId", context.getAwsRequestId());
    seen.put("arn", context.getInvokedFunctionArn());
    seen.put("name", context.getFunctionName());
    seen.put("version", context.getFunctionVersion());
    seen.put("memory", context.getMemoryLimitInMB());
    seen.put("logGroup", context.getLogGroupName());
    seen.put("remaining", context.getRemainingTimeInMillis());
    return seen;
  }
}
`;

/** A function in Java that does what its event says: its handler is `example.Handler::handleRequest`. */
export async function javaCode(): Promise<CodePackage> {
  const folder = await mkdtemp(join(tmpdir(), "fc-java-"));
  try {
    await writeFile(join(folder, "Handler.java"), source);
    const jars = await javaClientJars();
    await run("javac", ["--release", "17", "-cp", jars.join(":"), "-d", folder, join(folder, "Handler.java")]);
    const bytes = await readFile(join(folder, "example/Handler.class"));
    return {
      files: [{ path: "/var/task/example/Handler.class", mode: 0o644, sizeBytes: bytes.byteLength }],
      sizeBytes: bytes.byteLength,
      content: async function* () {
        yield bytes;
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
