import { CreateFunctionCommand, type CreateFunctionCommandInput } from "@aws-sdk/client-lambda";
import { type Harness, role } from "./lambda-harness.ts";
import { makeZip } from "./make-zip.ts";

export const codeZip: Uint8Array = makeZip({ "index.js": "exports.handler = async (event) => event" });
export const otherZip: Uint8Array = makeZip({ "index.js": "exports.handler = async () => 2" });

/** Makes the function `f` and waits until it is active. */
export async function makeFunction(rig: Harness, input: Partial<CreateFunctionCommandInput> = {}): Promise<void> {
  await rig.client.send(
    new CreateFunctionCommand({
      FunctionName: "f",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: role,
      Code: { ZipFile: codeZip },
      ...input,
    }),
  );
  await rig.settle();
}
