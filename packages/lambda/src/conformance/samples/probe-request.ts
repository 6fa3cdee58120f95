import type { FunctionSpec, LaunchRequest } from "../../backend/index.ts";
import type { ProbeOptions } from "../bench.ts";
import { bashProbe } from "./bash-probe.ts";
import { codePackage, type Files } from "./code-package.ts";
import { nodeProbe } from "./node-probe.ts";
import { pythonProbe } from "./python-probe.ts";

/** What `@fc/lambda` hands to a backend for the probe, in the language of its runtime. */
export function probeRequest(options: ProbeOptions & { readonly runtime: string }): LaunchRequest {
  const { files = {}, initTimeoutMs = 10_000, retryInit = false, initializationType, ...over } = options;
  const functionName = over.functionName ?? "probe";
  const spec: FunctionSpec = {
    account: "111122223333",
    region: "eu-central-1",
    functionName,
    version: "$LATEST",
    functionArn: `arn:aws:lambda:eu-central-1:111122223333:function:${functionName}`,
    handler: "index.handler",
    memorySizeMb: 256,
    timeoutSeconds: 20,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    environment: {},
    logGroup: `/aws/lambda/${functionName}`,
    role: "arn:aws:iam::111122223333:role/probe",
    tags: {},
    deployId: "probe-1",
    ...over,
  };
  return {
    spec,
    code: codePackage({ ...probeFiles(spec.runtime), ...files }),
    initTimeoutMs,
    retryInit,
    ...(initializationType === undefined ? {} : { initializationType }),
  };
}

function probeFiles(runtime: string): Files {
  if (runtime.startsWith("python")) return { "index.py": pythonProbe };
  if (runtime.startsWith("provided")) return { bootstrap: { text: bashProbe, mode: 0o755 } };
  return { "index.mjs": nodeProbe };
}
