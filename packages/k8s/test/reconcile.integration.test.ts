import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { K8sClient, OwnedObject, Reconciler } from "../src/index.ts";
import { FakeApiServer, sendJson, statusAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, eventually, type LogLine, paths, podJson, recordingLogger } from "./support.ts";

let server: FakeApiServer;
let clock: StepClock;
let client: K8sClient;
let lines: LogLine[];
let wanted: Set<string>;
beforeEach(async () => {
  server = await FakeApiServer.start();
  clock = new StepClock();
  lines = [];
  wanted = new Set();
  client = await connectTo(server, {
    clock,
    instanceId: "fc-own",
    installationId: "inst",
    logger: recordingLogger(lines),
  });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const wants = ({ metadata }: OwnedObject): boolean => wanted.has(metadata.name ?? "");
const ofProcess = (instanceId = "fc-own", service = "lambda"): object => ({
  "fakecloud-instance": instanceId,
  "fakecloud-service": service,
});
const ofInstallation = (installation = "inst", service = "elasticache"): object => ({
  "fakecloud-installation": installation,
  "fakecloud-service": service,
});
const put = (collection: string, name: string, labels: object): unknown =>
  server.objects.put(collection, podJson(name, {}, labels));
const left = (): string[] =>
  [paths.pods, paths.secrets, paths.services, paths.configMaps]
    .flatMap((path) => server.objects.list(path).map(({ metadata }) => metadata.name))
    .sort();
const reconcile = (owner: "process" | "installation" = "process"): Reconciler =>
  client.reconcile({ service: owner === "process" ? "lambda" : "elasticache", owner, wants, gracePeriodSeconds: 1 });

describe("a reconciler", () => {
  test("removes what is not wanted, of every kind, and nothing of anybody else", async () => {
    for (const path of [paths.pods, paths.secrets, paths.services, paths.configMaps]) {
      put(path, `unwanted-${path.split("/").at(-1)}`, ofProcess());
      put(path, "wanted", ofProcess());
      put(path, "of-another-process", ofProcess("fc-other"));
      put(path, "of-another-service", ofProcess("fc-own", "elasticache"));
      put(path, "of-the-installation", { ...ofProcess(), ...ofInstallation("inst", "lambda") });
    }
    wanted.add("wanted");
    reconcile().kick();
    await eventually(() => left().every((name) => !name.startsWith("unwanted")));
    expect(new Set(left())).toEqual(
      new Set(["wanted", "of-another-process", "of-another-service", "of-the-installation"]),
    );
    const removal = server.requests.find(({ method, path }) => method === "DELETE" && path.includes("/pods/"));
    expect(JSON.parse(removal?.body ?? "")).toMatchObject({
      gracePeriodSeconds: 1,
      preconditions: { uid: expect.any(String) },
    });
  });

  test("takes over what a former process of the installation left: keeps what is wanted, removes the rest", async () => {
    put(paths.pods, "cache", ofInstallation());
    put(paths.services, "cache", ofInstallation());
    put(paths.pods, "forgotten", ofInstallation());
    put(paths.pods, "of-another", ofInstallation("other"));
    wanted.add("cache");
    reconcile("installation").kick();
    await eventually(() => !left().includes("forgotten"));
    expect(left()).toEqual(["cache", "cache", "of-another"]);
  });

  test("tries again what could not be removed, and goes on with the other kinds meanwhile", async () => {
    put(paths.pods, "stuck", ofProcess());
    put(paths.secrets, "unwanted", ofProcess());
    for (let i = 0; i < 4; i += 1) server.next("DELETE", "/pods/stuck", statusAnswer(403, "Forbidden", "a webhook"));
    server.next("GET", paths.services, statusAnswer(403, "Forbidden", "no list of services"));
    reconcile().kick();
    await eventually(() => left().join() === "stuck");
    await eventually(() => {
      // Not the deadlines of requests, which are longer.
      clock.fire(0, 9_000);
      return left().length === 0;
    });
    expect(lines.some(({ message }) => message.includes("failed and is tried again"))).toBe(true);
  });

  test("notices a Pod of a create whose answer was lost as soon as it shows", async () => {
    reconcile();
    await eventually(() => server.requests.some(({ query }) => query.get("watch") === "true"));
    put(paths.pods, "late", ofProcess());
    await eventually(() => left().length === 0);
  });

  test("leaves alone what another one of this process wants, for as long as that runs", async () => {
    const theirs = ({ metadata }: OwnedObject): boolean => metadata.name === "of-the-other";
    const other = client.reconcile({ service: "lambda", owner: "process", wants: theirs });
    const own = reconcile();
    put(paths.secrets, "of-the-other", ofProcess());
    for (const name of ["unwanted", "unwanted-later"]) {
      put(paths.secrets, name, ofProcess());
      own.kick();
      await eventually(() => !left().includes(name));
    }
    expect(left()).toEqual(["of-the-other"]);
    await other[Symbol.asyncDispose]();
    own.kick();
    await eventually(() => left().length === 0);
  });

  test("leaves alone what is being deleted already", async () => {
    const pod = podJson("ending", {}, ofProcess());
    server.objects.put(paths.pods, {
      ...pod,
      metadata: { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    });
    put(paths.secrets, "unwanted", ofProcess());
    reconcile().kick();
    await eventually(() => left().length === 1);
    expect(server.requests.some(({ method, path }) => method === "DELETE" && path.endsWith("/ending"))).toBe(false);
  });

  test("looks by itself, and ends with the client", async () => {
    reconcile();
    put(paths.configMaps, "a", ofProcess());
    await eventually(() => clock.fire(3_000) === 1);
    await eventually(() => left().length === 0);
    await eventually(() => clock.fire(27_000, 33_000) > 0);
    let asked = 0;
    server.next("GET", paths.secrets, (_request, response) => {
      asked += 1;
      sendJson(response, 200, { metadata: {}, items: [] });
    });
    await client[Symbol.asyncDispose]();
    expect(clock.fire(27_000, 33_000)).toBe(0);
    expect(asked).toBeLessThanOrEqual(1);
  });
});
