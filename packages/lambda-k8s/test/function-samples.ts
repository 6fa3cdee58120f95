import type { CodePackage, FunctionSpec } from "@fc/lambda/backend";

/** A function's configuration as `@fc/lambda` hands it to a backend. */
export function functionSpec(over: Partial<FunctionSpec> = {}): FunctionSpec {
  const functionName = over.functionName ?? "hello";
  return {
    account: "111122223333",
    region: "eu-central-1",
    functionName,
    version: "$LATEST",
    functionArn: `arn:aws:lambda:eu-central-1:111122223333:function:${functionName}`,
    runtime: "nodejs22.x",
    handler: "index.handler",
    memorySizeMb: 256,
    timeoutSeconds: 3,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    environment: { GREETING: "hello 'world'" },
    logGroup: `/aws/lambda/${functionName}`,
    role: "arn:aws:iam::111122223333:role/function",
    tags: {},
    deployId: "deploy-1",
    ...over,
  };
}

/** A code package of text files; executable ones are named in `executable`, links point to `link:<target>`. */
export function codePackage(files: Readonly<Record<string, string>>, executable: readonly string[] = []): CodePackage {
  const entries = Object.entries(files).map(([path, text]) => ({
    path: path.startsWith("/") ? path : `/var/task/${path}`,
    link: text.startsWith("link:") ? text.slice(5) : undefined,
    bytes: text.startsWith("link:") ? Buffer.alloc(0) : Buffer.from(text),
    mode: executable.includes(path) ? 0o755 : 0o644,
  }));
  return {
    files: entries.map(({ path, link, bytes, mode }) => ({
      path,
      mode,
      sizeBytes: bytes.byteLength,
      ...(link === undefined ? {} : { link }),
    })),
    content: async function* () {
      for (const { bytes } of entries) yield bytes;
    },
    sizeBytes: entries.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
  };
}

/** One Node function that does what its event says. */
export const nodeCode: CodePackage = codePackage({
  "index.mjs": `
import fs from "node:fs";
import { word } from "./lib/word.mjs";
let layered; try { layered = fs.readFileSync(process.env.FC_TEST_LAYER ?? "/opt/layer.txt", "utf8"); } catch {}
console.log("module loaded");
export const handler = async (event, context) => {
  console.log("event", JSON.stringify(event));
  if (event.throw) { const error = new TypeError(event.throw); throw error; }
  if (event.exit !== undefined) process.exit(event.exit);
  if (event.kill) { process.kill(process.pid, "SIGKILL"); await new Promise(() => setTimeout(() => {}, 60000)); }
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  return { word, layered, event, greeting: process.env.GREETING, region: process.env.AWS_REGION, key: process.env.AWS_ACCESS_KEY_ID,
    endpoint: process.env.AWS_ENDPOINT_URL, root: process.env.LAMBDA_TASK_ROOT === undefined, env: Object.keys(process.env).filter((k) => k.startsWith("FC_") && k !== "FC_CONTAINER"),
    requestId: context.awsRequestId, arn: context.invokedFunctionArn, name: context.functionName, memory: context.memoryLimitInMB,
    client: context.clientContext, remaining: context.getRemainingTimeInMillis() };
};`,
  "lib/word.mjs": "link:real.mjs",
  "lib/real.mjs": "export const word = 'linked';",
});

export const pythonCode: CodePackage = codePackage({
  "app.py": `
import logging, os, sys, subprocess, time
logger = logging.getLogger(); logger.setLevel(logging.INFO)
print("module loaded")
def handler(event, context):
    print("event", event)
    logger.info("logged")
    if "throw" in event: raise ValueError(event["throw"])
    if "exit" in event: os._exit(event["exit"])
    if "sleepMs" in event: time.sleep(event["sleepMs"] / 1000)
    if "child" in event: subprocess.run(["echo", event["child"]])
    return {"greeting": os.environ["GREETING"], "region": os.environ["AWS_REGION"], "requestId": context.aws_request_id,
            "arn": context.invoked_function_arn, "name": context.function_name, "remaining": context.get_remaining_time_in_millis(),
            "env": [k for k in os.environ if k.startswith("FC_") and k != "FC_CONTAINER"]}
`,
});

/** A custom runtime in bash, without curl. */
export const providedCode: CodePackage = codePackage(
  {
    bootstrap: `#!/bin/bash
echo "bootstrap started"
host=\${AWS_LAMBDA_RUNTIME_API%:*} port=\${AWS_LAMBDA_RUNTIME_API##*:}
while :; do
  exec 5<>/dev/tcp/$host/$port
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.0\\r\\nConnection: close\\r\\nHost: %s\\r\\n\\r\\n' "$AWS_LAMBDA_RUNTIME_API" >&5
  while IFS= read -r line <&5 && [ "$line" != $'\\r' ]; do
    line=\${line%$'\\r'}
    case $line in [Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d:*) id=\${line#*: } ;; esac
  done
  body=$(cat <&5); exec 5<&-
  echo "event $body" >/dev/stderr
  case $body in *exit*) exit 3 ;; esac
  answer="{\\"handler\\":\\"$_HANDLER\\",\\"greeting\\":\\"$GREETING\\",\\"event\\":$body}"
  exec 5<>/dev/tcp/$host/$port
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.0\\r\\nConnection: close\\r\\nHost: %s\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "$id" "$AWS_LAMBDA_RUNTIME_API" "\${#answer}" "$answer" >&5
  cat <&5 >/dev/null; exec 5<&-
done
`,
  },
  ["bootstrap"],
);

/**
 * An external extension in bash, without curl: it says in the log what it is told. Before it registers it leaves the file `STARTED` for those
 * who start after it, not at once: a runtime that does not wait would find none.
 */
export const extensionFile: Readonly<Record<string, string>> = {
  "/opt/extensions/watch": `#!/bin/bash
host=\${AWS_LAMBDA_RUNTIME_API%:*} port=\${AWS_LAMBDA_RUNTIME_API##*:}
call() { # method, path, headers, body
  exec 5<>/dev/tcp/$host/$port
  printf '%s /2020-01-01/extension/%s HTTP/1.1\\r\\nHost: %s\\r\\n%bContent-Length: %s\\r\\n\\r\\n%s' "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "$3" "\${#4}" "$4" >&5
  while IFS= read -r line <&5 && [ "$line" != $'\\r' ]; do
    line=\${line%$'\\r'}
    case $line in [Ll]ambda-[Ee]xtension-[Ii]dentifier:*) id=\${line#*: } ;; esac
  done
  IFS= read -r body <&5
}
echo "extension starts in $AWS_REGION"
[ -z "$STARTED" ] || { sleep 0.5; : >"$STARTED"; }
call POST register 'Lambda-Extension-Name: watch\\r\\n' '{"events":["INVOKE","SHUTDOWN"]}'
echo "extension registered: $body"
while :; do
  call GET event/next "Lambda-Extension-Identifier: $id\\r\\n" ''
  echo "extension told: $body"
  case $body in *SHUTDOWN*) exit 0 ;; esac
done
`,
};
