import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { errorText, FcError, systemClock } from "@fc/core";
import { K8sClient } from "../client/k8s-client.ts";
import { managedBySelector } from "../labels.ts";
import type { InjectedFault } from "../testing/fault-proxy/active-fault.ts";
import { matches } from "../testing/fault-proxy/fault.ts";
import { FaultProxy } from "../testing/fault-proxy/fault-proxy.ts";
import { StepClock } from "../testing/step-clock.ts";
import { describeRow, type FaultRow, type Outcome } from "./fault-rows.ts";
import { eventually, type FaultScene, type FaultStage } from "./fault-stage.ts";
import { assertNoLeak, holdings } from "./leak-check.ts";

/** For a row on a loaded machine; nothing in a row waits for time to pass. */
const rowMs = 60_000;

/**
 * Plays one row with a proxy and a client of its own. Afterwards nothing is left: no Pod, socket, file, timer, listener.
 * @throws AssertionError with what the caller saw instead, or with what was left
 */
export async function runFaultRow(stage: FaultStage, row: FaultRow): Promise<void> {
  // Servers end idle connections: what is kept is kept before and after.
  await stage.direct.getPod(stage.podName);
  const before = await holdings();
  const over = new AbortController();
  const cancel = systemClock.after(rowMs, () => over.abort(new Error(`${describeRow(row)}: not done in ${rowMs} ms`)));
  const { signal } = over;
  const clock = new StepClock();
  try {
    await using proxy = await FaultProxy.start({ kubeconfig: stage.kubeconfig, clock: new StepClock() });
    const { kubeconfigPath: kubeconfig } = proxy;
    await using client = await K8sClient.connect({ kubeconfig, namespace: stage.namespace, clock });
    await play({ stage, client, proxy, clock, signal }, row);
    await client[Symbol.asyncDispose]();
    // Whatever failed: no Pod is left that nobody wants.
    await eventually(async () => (await stage.direct.listPods(managedBySelector)).length === 1, signal);
  } finally {
    cancel();
  }
  assert.equal(getEventListeners(signal, "abort").length, 0, "listeners are left on the caller's signal");
  assert.equal(clock.pending(), 0, "timers are left");
  await assertNoLeak(before);
}

async function play(scene: FaultScene, row: FaultRow): Promise<void> {
  const { proxy } = scene;
  const rest = await row.run.begin(scene);
  const first = proxy.requests.length;
  const misfortune = await befall(scene, row);
  let seen: unknown;
  try {
    const settled = rest().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (row.trouble.silent) await giveUp(scene, row, misfortune, settled);
    seen = await settled;
  } finally {
    await misfortune.lift();
  }
  const match = row.run.match(scene);
  const requests = proxy.requests.slice(first).filter((request) => matches(match, request)).length;
  check(row.outcome, seen, requests);
}

interface Misfortune {
  readonly met: InjectedFault["met"];
  readonly lift: () => Promise<void> | void;
}

async function befall(scene: FaultScene, { run, trouble }: FaultRow): Promise<Misfortune> {
  const { proxy, clock } = scene;
  if (trouble.fault === undefined) {
    const outage = await proxy.outage();
    const before = clock.sleeps.length;
    clock.onSleep = async () => {
      const waited = clock.sleeps.slice(before).reduce((sum, ms) => sum + ms, 0);
      if (waited >= trouble.awayMs) await outage.lift();
    };
    return { met: () => Promise.resolve(), lift: () => outage.lift() };
  }
  const match = run.match(scene);
  const injected = proxy.inject(trouble.fault, { ...match, times: trouble.times });
  if (trouble.atRequest && run.streams === true) proxy.cut(match);
  return { met: (count) => injected.met(count), lift: () => injected.lift() };
}

/** Lets the caller's time run out, once for every request that is met. */
async function giveUp(
  scene: FaultScene,
  row: FaultRow,
  { met, lift }: Misfortune,
  settled: Promise<unknown>,
): Promise<void> {
  const { giveUp: act = ({ clock }: FaultScene) => void clock.fire(10_000) } = row.run;
  let over = false;
  const end = settled.then(() => {
    over = true;
  });
  for (let request = 1; request <= row.trouble.times; request += 1) {
    await Promise.race([met(request), end]);
    if (over) return;
    act(scene, () => void lift());
  }
}

function check(outcome: Outcome, seen: unknown, requests: number): void {
  if ("code" in outcome) {
    assert.ok(FcError.isInstance(seen), `the caller saw ${seen === undefined ? "a value" : errorText(seen)}`);
    assert.equal(seen.code, outcome.code, seen.message);
    assert.match(seen.message, outcome.message);
  } else {
    if (seen !== undefined) throw seen;
    assert.equal(requests, outcome.requests, "requests until the value came");
  }
}
