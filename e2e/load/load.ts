import { setTimeout as delay } from "node:timers/promises";
import {
  CreateCacheClusterCommand,
  CreateReplicationGroupCommand,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  type Endpoint,
  waitUntilCacheClusterAvailable,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { quickly } from "../lib/clients.ts";
import { createFunction, invoke, node } from "../lib/functions.ts";
import { CacheLoad } from "./cache-load.ts";
import { type EventLedger, startEventLedger } from "./event-ledger.ts";
import type { Ground } from "./ground.ts";
import { Tally } from "./tally.ts";

const asked = "asked";
const told = "told";
const callers = 2;
/** Of each function, at most. */
const environments = 3;
/** Between the steps of one caller. */
const pauseMs = 25;
/** An event is tried again after one and after two minutes, and one that found no environment free up to five minutes later each time. */
const longestDrainMs = 900_000;

/** Two functions, one asked and one told of events, and two caches, one alone and one with a replica, all used all the time. */
export class Load implements AsyncDisposable {
  readonly calls: Tally = new Tally();
  readonly sends: Tally = new Tally();
  readonly wrong: string[] = [];
  readonly caches: readonly { readonly load: CacheLoad; readonly tally: Tally }[];
  readonly ledger: EventLedger;
  readonly #ground: Ground;
  readonly #chance: () => number;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  private constructor(ground: Ground, chance: () => number, ledger: EventLedger) {
    this.#ground = ground;
    this.#chance = chance;
    this.ledger = ledger;
    this.caches = [single, pair].map((options) => ({ load: new CacheLoad(options), tally: new Tally() }));
  }

  /** Makes functions and caches, waits until they work, and begins. */
  static async start(ground: Ground, chance: () => number): Promise<Load> {
    const ledger = await startEventLedger(ground.address);
    const load = new Load(ground, chance, ledger);
    const { lambda } = ground;
    await Promise.all([
      createFunction(lambda, node(asked, "export const handler = async ({ n }) => ({ n, square: n * n });")),
      createFunction(lambda, node(told, ledger.source)),
      createCaches(ground),
    ]);
    // Without it every event that waits for a cold start has one of its own: the load would be the machine's own starts.
    for (const FunctionName of [asked, told])
      await lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: environments }),
      );
    load.#running = Promise.all([
      ...Array.from({ length: callers }, () => load.#repeat(load.calls, () => load.#call())),
      load.#repeat(load.sends, () => load.#send()),
      ...load.caches.map((cache) =>
        load.#repeat(cache.tally, () => cache.load.step(ground.caches, chance, cache.tally)),
      ),
    ]);
    return load;
  }

  cache(name: string): CacheLoad {
    const found = this.caches.find(({ load }) => load.name === name);
    if (found === undefined) throw new Error(`no cache ${name}`);
    return found.load;
  }

  /** Ends the load. Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** After the load: waits for the events that are on their way and reads all that caches must have. Names what is lost or wrong. */
  async settle(): Promise<string[]> {
    const until = performance.now() + longestDrainMs;
    while (this.ledger.figures().missing > 0 && performance.now() < until && (await this.#eventsLeft()) > 0)
      await delay(200);
    await awaitCaches(this.#ground);
    const problems = [
      ...this.wrong,
      ...this.ledger.missing().map((id) => `event ${id} was accepted and never delivered`),
    ];
    for (const { load } of this.caches) {
      await load.checkAll(this.#ground.caches);
      problems.push(...load.wrong);
    }
    return problems;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const { load } of this.caches) load.close();
    await this.ledger[Symbol.asyncDispose]();
  }

  /** What the server still has to deliver. */
  async #eventsLeft(): Promise<number> {
    const { lambda } = (await (await fetch(`${this.#ground.server.url}/_fakecloud/ready`)).json()) as {
      lambda: { events: number };
    };
    return lambda.events;
  }

  async #repeat(tally: Tally, step: () => Promise<void>): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await step().catch((error: unknown) => tally.addError(error));
      await delay(pauseMs);
    }
  }

  async #call(): Promise<void> {
    const n = Math.floor(this.#chance() * 1_000);
    const { payload, error } = await invoke(this.#ground.lambda, asked, { n });
    if (error !== undefined) this.calls.add(`function error ${payload?.errorType ?? error}`);
    else if (payload?.n === n && payload.square === n * n) this.calls.add("right");
    else this.wrong.push(`${n} was answered with ${JSON.stringify(payload)}`);
  }

  async #send(): Promise<void> {
    const id = crypto.randomUUID();
    await invoke(this.#ground.lambda, told, { id }, { InvocationType: "Event" });
    this.ledger.accept(id);
    this.sends.add("accepted");
  }
}

const single = {
  name: "single",
  durable: false,
  find: async (client: Ground["caches"]) => {
    const CacheClusterId = "single";
    const { CacheClusters } = await client.send(
      new DescribeCacheClustersCommand({ CacheClusterId, ShowCacheNodeInfo: true }),
    );
    return addressOf(CacheClusters?.[0]?.CacheNodes?.[0]?.Endpoint);
  },
};

const pair = {
  name: "pair",
  durable: true,
  find: async (client: Ground["caches"]) => {
    const { ReplicationGroups } = await client.send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: "pair" }),
    );
    return addressOf(ReplicationGroups?.[0]?.NodeGroups?.[0]?.PrimaryEndpoint);
  },
};

function addressOf(endpoint: Endpoint | undefined): { readonly host: string; readonly port: number } {
  if (endpoint?.Address === undefined || endpoint.Port === undefined) throw new Error("no endpoint at the moment");
  return { host: endpoint.Address, port: endpoint.Port };
}

async function createCaches(ground: Ground): Promise<void> {
  const small = { CacheNodeType: "cache.t3.micro", Engine: "redis" };
  await ground.caches.send(new CreateCacheClusterCommand({ CacheClusterId: "single", NumCacheNodes: 1, ...small }));
  const group = { ReplicationGroupId: "pair", ReplicationGroupDescription: "-", AutomaticFailoverEnabled: true };
  await ground.caches.send(new CreateReplicationGroupCommand({ ...group, NumCacheClusters: 2, ...small }));
  await awaitCaches(ground);
}

async function awaitCaches({ caches: client }: Ground): Promise<void> {
  await waitUntilCacheClusterAvailable({ client, ...quickly }, { CacheClusterId: "single" });
  await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId: "pair" });
}
