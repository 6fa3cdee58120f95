import type { CodePackage, FunctionSpec } from "../../src/backend/index.ts";

export type Spec = FunctionSpec;

export const code: CodePackage = {
  files: [],
  sizeBytes: 0,
  content: async function* (): AsyncGenerator<Uint8Array> {},
};

/** A function that is complete and of no interest. */
export function spec(functionName = "f", deployId = `${functionName}-1`): Spec {
  return {
    account: "000000000000",
    region: "us-east-1",
    functionName,
    version: "$LATEST",
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    runtime: "nodejs22.x",
    handler: "index.handler",
    memorySizeMb: 128,
    timeoutSeconds: 3,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    environment: {},
    logGroup: `/aws/lambda/${functionName}`,
    role: "arn:aws:iam::000000000000:role/r",
    tags: {},
    deployId,
  };
}
