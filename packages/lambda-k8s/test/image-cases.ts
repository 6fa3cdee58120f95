import type { K8sClient } from "@fc/k8s";
import type { CodePackage, ExecutionEnvironment, FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { BackendError } from "@fc/lambda/backend";
import { afterEach, expect, test, vi } from "vitest";
import { functionSpec } from "./function-samples.ts";
import { functionArn, invoke } from "./invoke.ts";

export interface ImagesUnderTest {
  readonly backend: LambdaBackend;
  readonly client: K8sClient;
  /** A container image that carries a function of its own: see `function-image.ts`. */
  readonly imageUri: string;
}

/** An image has it all. */
export const noCode: CodePackage = { files: [], sizeBytes: 0, content: async function* () {} };

/** A function that is a container image. */
export function imageSpec(uri: string, over: Partial<FunctionSpec> = {}): FunctionSpec {
  return functionSpec({ runtime: "", handler: "", image: { uri }, ...over });
}

/** Functions of package type Image, whatever the transport. */
export function imageCases(subject: () => ImagesUnderTest, transport: "image" | "rie"): void {
  const running: ExecutionEnvironment[] = [];
  const launch = async (spec: FunctionSpec): Promise<ExecutionEnvironment> => {
    const request = { spec, code: noCode, initTimeoutMs: 10_000 };
    const environment = await subject().backend.launch(request, { signal: new AbortController().signal });
    running.push(environment);
    return environment;
  };
  const tags: Record<string, string> = transport === "rie" ? { "fakecloud-k8s/transport": "rie" } : {};
  const spec = (over: Partial<FunctionSpec> = {}): FunctionSpec => imageSpec(subject().imageUri, { tags, ...over });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((environment) => environment.terminate()));
    expect(await subject().client.listPods("fakecloud-service=lambda")).toEqual([]);
    expect(await subject().client.listSecrets("fakecloud-service=lambda")).toEqual([]);
  });

  test("the image's own code, command and files run, with the function's environment", async () => {
    const environment = await launch(spec());
    const { result, body } = await invoke(environment, { a: 1 });
    expect(result.outcome).toBe("success");
    expect(body).toMatchObject({
      own: "from the image",
      opt: "a file of the image in /opt",
      event: { a: 1 },
      greeting: "hello 'world'",
      region: "eu-central-1",
      name: "hello",
      endpoint: "http://aws.test:4566",
      handler: "own",
    });
    if (transport === "image") expect(body).toMatchObject({ arn: functionArn });
    expect((await invoke(environment, { b: 2 })).body).toMatchObject({ event: { b: 2 } });
    // A kubelet knows a container's log up to two seconds after it started.
    await vi.waitFor(async () => expect(await environment.logs()).toContain('event {"a":1}'), { timeout: 20_000 });
  });

  test("ImageConfig goes over the image's command and folder", async () => {
    const image = { uri: subject().imageUri, command: ["app.other"], workingDirectory: "/opt" };
    const { body } = await invoke(await launch(spec({ image })), {});
    expect(body).toEqual({ handler: "other", folder: "/opt" });
  });

  test("an error, an exit and a timeout are the function's", async () => {
    const environment = await launch(spec());
    const thrown = await invoke(environment, { throw: "no way" });
    expect(thrown.result).toMatchObject({ outcome: "unhandled", errorType: "TypeError" });
    expect(thrown.body).toMatchObject({ errorMessage: "no way" });
    const left = await invoke(environment, { exit: 3 });
    expect(left.result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.ExitError" });
    expect(left.body["errorMessage"]).toBe(
      `RequestId: ${left.requestId} Error: Runtime exited with error: exit status 3`,
    );
    const slow = await launch(spec({ timeoutSeconds: 1 }));
    const late = await invoke(slow, { sleepMs: 30_000 }, { timeoutMs: 1_000 });
    expect(late.result).toMatchObject({ outcome: "unhandled", errorType: "Sandbox.Timedout" });
    expect(late.body["errorMessage"]).toBe(`RequestId: ${late.requestId} Error: Task timed out after 1.00 seconds`);
  });

  test("an image that does not exist is told by the cluster's reason, when it is pulled and when it is launched", async () => {
    const missing = spec({ image: { uri: "registry.invalid/no/such:1" } });
    const reason = {
      code: "FC_LAMBDA_LAUNCH_FAILED",
      details: { reason: expect.stringMatching(/ErrImagePull|ImagePullBackOff/) },
    };
    await expect(subject().backend.pullImage?.(missing)).rejects.toMatchObject(reason);
    await expect(launch(missing)).rejects.toMatchObject(reason);
  });

  test("an image is pulled, told by its digest, and leaves nothing behind", async () => {
    expect(await subject().backend.pullImage?.(spec())).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("an entry point that does not exist fails the launch with the container runtime's words", async () => {
    const image = { uri: subject().imageUri, entryPoint: ["/no/such/program"] };
    const error = await launch(spec({ image })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BackendError);
    expect((error as BackendError).message).toContain("/no/such/program");
  });
}
