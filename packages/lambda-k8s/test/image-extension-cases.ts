import type { K8sClient } from "@fc/k8s";
import type { ExecutionEnvironment, FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { afterEach, expect, test } from "vitest";
import { extensionFile } from "./function-samples.ts";
import { imageSpec, noCode } from "./image-cases.ts";
import { invoke } from "./invoke.ts";
import { nodeTelemetry, seenEvents, telemetryProgram } from "./telemetry-extension.ts";

export interface ExtendedImages {
  readonly backend: LambdaBackend;
  readonly client: K8sClient;
  /** The function of `function-image.ts` with {@link imageExtensions}. */
  readonly extended: string;
  /** The same function with an extension that subscribes to telemetry. */
  readonly observed: string;
  /** An image with an extension and without bash. */
  readonly withoutBash: string;
}

/** What that image has in `/opt/extensions`: it ends at once when the function's variables say so. */
export const imageExtensions: Readonly<Record<string, string>> = {
  watch: (extensionFile["/opt/extensions/watch"] ?? "").replace("\n", '\n[ -z "$CRASH" ] || exit "$CRASH"\n'),
};

/** What the image {@link ExtendedImages.observed} has there. */
export const observingExtensions: Readonly<Record<string, string>> = {
  telemetry: nodeTelemetry()[telemetryProgram] ?? "",
};

/** The extensions of functions that are container images. */
export function imageExtensionCases(subject: () => ExtendedImages): void {
  const running: ExecutionEnvironment[] = [];
  const launch = async (over: Partial<FunctionSpec> = {}): Promise<ExecutionEnvironment> => {
    const spec = imageSpec(subject().extended, over);
    const request = { spec, code: noCode, initTimeoutMs: 10_000 };
    const environment = await subject().backend.launch(request, { signal: new AbortController().signal });
    running.push(environment);
    return environment;
  };

  afterEach(async () => {
    await Promise.all(running.splice(0).map((environment) => environment.terminate()));
    expect(await subject().client.listPods("fakecloud-service=lambda")).toEqual([]);
  });

  test("start before the runtime, and are told of invocations and the end", async () => {
    const environment = await launch({ environment: { STARTED: "/tmp/started" } });
    expect(environment.initDurationMs).toBeGreaterThan(0);
    const { requestId, result, body } = await invoke(environment, { a: 1 });
    expect(result.outcome).toBe("success");
    expect(body).toMatchObject({ own: "from the image", event: { a: 1 } });
    expect((await invoke(environment, {})).result.outcome).toBe("success");
    await expect.poll(() => environment.logs(), { timeout: 20_000 }).toContain("event {}");
    await environment.terminate();
    const log = (await environment.logs()) ?? "";
    // The lines of the two come by ways of their own, whose order is not theirs.
    expect(log).toMatch(/^extension starts in eu-central-1$/m);
    expect(log).toMatch(/after the extension: true$/m);
    expect(log).toMatch(/extension registered: .*"functionName":"hello"/);
    expect(log).toMatch(new RegExp(`extension told: .*"eventType":"INVOKE".*${requestId}`));
    expect(log).toMatch(/extension told: .*"shutdownReason":"spindown"/);
  });

  test("that end fail the init phase in AWS's words", async () => {
    await expect(launch({ environment: { CRASH: "3" } })).rejects.toMatchObject({
      code: "FC_LAMBDA_INIT_FAILED",
      details: { errorType: "Extension.Crash", payload: expect.stringContaining("exit status 3") },
    });
  });

  test("are told of a timeout", async () => {
    const environment = await launch({ timeoutSeconds: 1 });
    const { result } = await invoke(environment, { sleepMs: 30_000 }, { timeoutMs: 1_000 });
    expect(result.errorType).toBe("Sandbox.Timedout");
    await environment.terminate();
    expect(await environment.logs()).toMatch(/extension told: .*"shutdownReason":"timeout"/);
  });

  test("are sent the telemetry that they subscribed to, up to the last", async () => {
    const environment = await launch({ image: { uri: subject().observed } });
    const { requestId } = await invoke(environment, { a: 1 });
    // The cluster tells of lines later than the runtime of its answer.
    await expect.poll(() => environment.logs(), { timeout: 20_000 }).toContain('event {"a":1}');
    await environment.terminate();
    const log = (await environment.logs()) ?? "";
    expect(log).toMatch(/subscribed 200 "OK"/);
    const seen = seenEvents(log);
    const types = seen.map(({ type }) => type).filter((type) => type.startsWith("platform."));
    expect(types.filter((type) => type !== "platform.telemetrySubscription")).toEqual([
      "platform.initStart",
      "platform.initRuntimeDone",
      "platform.extension",
      "platform.initReport",
      "platform.start",
      "platform.runtimeDone",
      "platform.report",
    ]);
    expect(seen.find(({ type }) => type === "platform.report")?.record).toMatchObject({ requestId, status: "success" });
    const lines = seen.filter(({ type }) => type === "function").map(({ record }) => record);
    expect(lines).toEqual([expect.stringMatching(/module loaded$/), expect.stringMatching(/event {"a":1}$/)]);
  });

  test("of an image without bash are refused by name, when it is pulled and when it is launched", async () => {
    const image = { uri: subject().withoutBash };
    const refusal = {
      code: "FC_LAMBDA_LAUNCH_FAILED",
      message: `The image ${image.uri} has extensions in /opt/extensions (agent), and no /bin/bash to start them with`,
      details: { reason: "NoBash" },
    };
    await expect(subject().backend.pullImage?.(imageSpec(image.uri))).rejects.toMatchObject(refusal);
    await expect(launch({ image })).rejects.toMatchObject(refusal);
  });
}
