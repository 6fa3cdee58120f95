import assert from "node:assert/strict";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";

const arn = "arn:aws:lambda:eu-central-1:111122223333:function:probe";

export const contextCases: readonly ConformanceCase[] = casesOf("context", (add) => {
  add("every event has its own request id and ARN, with the qualifier that the caller used", async (bench) => {
    const { launch, probe, invoke } = bench;
    const environment = await launch(probe({ version: "7" }));
    for (const qualifier of ["", ":7", ":live"]) {
      const invokedFunctionArn = arn + qualifier;
      const { requestId, body } = await invoke(environment, { do: "context" }, { invokedFunctionArn });
      assert.equal(body["requestId"], requestId);
      assert.equal(body["arn"], invokedFunctionArn);
    }
  });

  add("the function knows its name, version, memory and log group", async ({ launch, probe, invoke }) => {
    const over = { functionName: "other", version: "12", memorySizeMb: 192, logGroup: "/my/group" };
    const { body } = await invoke(await launch(probe(over)), { do: "context" });
    const { name, version, memory, logGroup } = body;
    assert.deepEqual(
      { name, version, memory, logGroup },
      { name: "other", version: "12", memory: "192", logGroup: "/my/group" },
    );
  });

  add("the function knows whether its environment was provisioned", async ({ launch, probe, invoke }) => {
    const names = ["AWS_LAMBDA_INITIALIZATION_TYPE"];
    const typeOf = async (request: ReturnType<typeof probe>): Promise<unknown> =>
      (await invoke(await launch(request), { do: "environment", names })).body[names[0] ?? ""];
    assert.equal(await typeOf(probe()), "on-demand");
    const initializationType = "provisioned-concurrency";
    assert.equal(await typeOf(probe({ initializationType })), initializationType);
  });

  add("the remaining time is that of the event's deadline", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    for (const timeoutMs of [50_000, 20_000]) {
      const remaining = Number((await invoke(environment, { do: "context" }, { timeoutMs })).body["remaining"]);
      assert.ok(remaining <= timeoutMs && remaining > timeoutMs - 20_000, `${remaining} ms of ${timeoutMs}`);
    }
  });

  add("the client context comes as the caller sent it, and only with its event", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    const clientContext = '{"custom":{"ü":[1,null]},"client":{"app_title":"€"}}';
    const { body } = await invoke(environment, { do: "context" }, { clientContext });
    assert.deepEqual(body["client"], JSON.parse(clientContext));
    assert.ok(!("client" in (await invoke(environment, { do: "context" })).body));
  });

  add("the trace id is the event's own", async ({ launch, probe, invoke }) => {
    const environment = await launch(probe());
    for (const digit of ["1", "2"]) {
      const traceId = `Root=1-5759e988-${digit.repeat(24)};Parent=53995c3f42cd8ad8;Sampled=1`;
      assert.equal((await invoke(environment, { do: "context" }, { traceId })).body["traceId"], traceId);
    }
  });
});
