// #region greeter
import type { CodePackage, FunctionSpec } from "@fc/lambda/backend";

const source = `export const handler = async ({ name }, { functionName }) => {
  console.log(functionName, "greets", name);
  return { text: process.env.GREETING + ", " + name };
};
`;
const bytes = Buffer.from(source);

const code: CodePackage = {
  files: [{ path: "/var/task/index.mjs", mode: 0o644, sizeBytes: bytes.length }],
  content: async function* () {
    yield await Promise.resolve(bytes);
  },
  sizeBytes: bytes.length,
};

const spec: FunctionSpec = {
  account: "123456789012",
  region: "us-east-1",
  functionName: "greeter",
  version: "$LATEST",
  functionArn: "arn:aws:lambda:us-east-1:123456789012:function:greeter",
  runtime: "nodejs22.x",
  handler: "index.handler",
  memorySizeMb: 256,
  timeoutSeconds: 3,
  ephemeralStorageMb: 512,
  architecture: process.arch === "arm64" ? "arm64" : "x86_64",
  environment: { GREETING: "hello" },
  logGroup: "/aws/lambda/greeter",
  role: "arn:aws:iam::123456789012:role/any",
  tags: {},
  deployId: "greeter-1",
};

/** A function in the form that a backend takes. `codeFromZips` of `@fc/lambda/code` makes the code of zips. */
export const greeter: { readonly spec: FunctionSpec; readonly code: CodePackage } = { spec, code };
// #endregion
