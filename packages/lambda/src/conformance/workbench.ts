import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ExecutionEnvironment, LambdaBackend } from "../backend/index.ts";
import type { Ability, BackendAbilities } from "./abilities.ts";
import type { Bench } from "./bench.ts";
import { probeRequest } from "./samples/probe-request.ts";
import type { ConformanceTarget } from "./target.ts";

/** Makes what a case stands on, and ends it. */
export class Workbench implements Bench<Ability>, AsyncDisposable {
  readonly backend: LambdaBackend;
  readonly signal: AbortSignal;
  readonly abilities: BackendAbilities;
  readonly probe: Bench["probe"];
  readonly #target: ConformanceTarget;
  readonly #launched: ExecutionEnvironment[] = [];

  private constructor(target: ConformanceTarget, signal: AbortSignal, backend: LambdaBackend) {
    this.backend = backend;
    this.signal = signal;
    // Cases are typed by what they need, and run only where that is there.
    this.abilities = (target.abilities ?? {}) as BackendAbilities;
    this.#target = target;
    this.probe = (options = {}) => probeRequest({ runtime: target.runtime ?? "nodejs22.x", ...options });
  }

  static async open(target: ConformanceTarget, signal: AbortSignal): Promise<Workbench> {
    const backend = await target.open();
    assert.equal(backend.specificationVersion, "v1", "the backend implements another version of the contract");
    return new Workbench(target, signal, backend);
  }

  readonly launch: Bench["launch"] = async (request, signal = this.signal) => {
    const environment = await this.backend.launch(request, { signal });
    this.#launched.push(environment);
    return environment;
  };

  readonly invoke: Bench["invoke"] = async (environment, event, { timeoutMs = 20_000, ...over } = {}) => {
    const requestId = over.requestId ?? randomUUID();
    const result = await environment.invoke({
      payload: Buffer.from(JSON.stringify(event)),
      deadlineMs: Date.now() + timeoutMs,
      invokedFunctionArn: "arn:aws:lambda:eu-central-1:111122223333:function:probe",
      ...over,
      requestId,
    });
    const text = Buffer.from(result.payload).toString();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    return { requestId, result, body: body as Readonly<Record<string, unknown>> };
  };

  /** Ends the case's environments and looks that nothing is left. @throws AssertionError */
  async finish(): Promise<void> {
    await Promise.all(this.#launched.splice(0).map((environment) => environment.terminate()));
    const left = await this.#target.abilities?.leftovers?.();
    assert.deepEqual(left ?? [], [], "the case's environments have ended, but something of them is left");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]();
  }
}
