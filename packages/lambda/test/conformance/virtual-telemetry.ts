import type { MemoryContext } from "../../src/testing/index.ts";

/** Runs the function as an extension sees it that prints its telemetry. @param isFirst the init phase comes before it */
export async function withTelemetry<T>(
  context: MemoryContext,
  isFirst: boolean,
  run: (context: MemoryContext) => Promise<T>,
): Promise<T> {
  const { requestId } = context;
  const tell = (type: string, record: unknown): void =>
    context.log(`telemetry ${JSON.stringify({ time: new Date().toISOString(), type, record })}\n`);
  const logged: string[] = [];
  const ended = (status: string): void => {
    const [before, after] = isFirst ? [logged.slice(0, 1), logged.slice(1)] : [[], logged];
    if (isFirst) tell("platform.initStart", {});
    for (const line of before) tell("function", line);
    if (isFirst) tell("platform.initRuntimeDone", { status: "success" });
    if (isFirst) tell("platform.initReport", { status: "success" });
    tell("platform.start", { requestId });
    for (const line of after) tell("function", line);
    tell("platform.runtimeDone", { requestId, status });
    tell("platform.report", { requestId, status });
  };
  const log = (text: string): void => {
    logged.push(text);
    context.log(text);
  };
  try {
    const result = await run({ ...context, log });
    ended("success");
    return result;
  } catch (error) {
    ended("error");
    throw error;
  }
}
