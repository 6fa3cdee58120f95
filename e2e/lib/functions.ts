import {
  CreateFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
  type Runtime,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { zip } from "@fc-example/counter/zip";
import { quickly } from "./clients.ts";

export const role = "arn:aws:iam::123456789012:role/test";

export interface TestFunction {
  readonly name: string;
  readonly runtime?: Runtime;
  readonly handler?: string;
  /** File name to content; a content that starts with #! is executable. */
  readonly files: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly environment?: Record<string, string>;
  readonly tags?: Record<string, string>;
  readonly deadLetterArn?: string;
}

/** A zip of text files. */
export function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  return zip(
    Object.fromEntries(
      Object.entries(files).map(([name, content]) => [
        name,
        { content, mode: content.startsWith("#!") ? 0o755 : 0o644 },
      ]),
    ),
  );
}

/** A Node.js function whose module is this text. */
export function node(name: string, source: string, extra: Partial<TestFunction> = {}): TestFunction {
  return { name, runtime: "nodejs22.x", handler: "index.handler", files: { "index.mjs": source }, ...extra };
}

/** Creates the function and waits, with the official waiter, until it is Active. */
export async function createFunction(client: LambdaClient, fn: TestFunction): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName: fn.name,
      Runtime: fn.runtime ?? "nodejs22.x",
      Handler: fn.handler ?? "index.handler",
      Role: role,
      Code: { ZipFile: await zipOf(fn.files) },
      ...(fn.timeout === undefined ? {} : { Timeout: fn.timeout }),
      ...(fn.environment === undefined ? {} : { Environment: { Variables: fn.environment } }),
      ...(fn.tags === undefined ? {} : { Tags: fn.tags }),
      ...(fn.deadLetterArn === undefined ? {} : { DeadLetterConfig: { TargetArn: fn.deadLetterArn } }),
    }),
  );
  await waitUntilFunctionActiveV2({ client, ...quickly }, { FunctionName: fn.name });
}

export interface Answer {
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly version: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the function answered
  readonly payload: any;
  readonly log: string;
}

/** Invokes with a JSON payload and reads the answer. */
export async function invoke(
  client: LambdaClient,
  name: string,
  payload: unknown = {},
  more: Partial<InvokeCommandInput> = {},
): Promise<Answer> {
  const answer = await client.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)), ...more }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  return {
    status: answer.StatusCode,
    error: answer.FunctionError,
    version: answer.ExecutedVersion,
    payload: text === "" ? undefined : JSON.parse(text),
    log: Buffer.from(answer.LogResult ?? "", "base64").toString(),
  };
}
