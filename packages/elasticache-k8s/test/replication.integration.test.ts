import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BlobStore, createFileBlobStore, systemClock } from "@fc/core";
import { verifiedRdb } from "@fc/elasticache/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configure } from "../src/node/apply-parameters.ts";
import { engineAnswers } from "../src/node/engine-link.ts";
import { fetchRdb } from "../src/rdb/fetch-rdb.ts";
import { RespConnection } from "../src/resp/resp-connection.ts";
import { redis } from "./support/engine-client.ts";
import { type EngineProcess, startProxy, startRedis } from "./support/engine-process.ts";

const run = promisify(execFile);
const mebibytes = 50;

describe("snapshot of a real redis", () => {
  let engine: EngineProcess;
  let directory: string;
  let blobs: BlobStore;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-snapshots-"));
    blobs = createFileBlobStore(directory);
    engine = await startRedis("--rdbcompression", "no", "--repl-diskless-sync-delay", "0");
    const fill =
      "for i = 1, tonumber(ARGV[1]) do redis.call('SET', 'k' .. i, string.rep(tostring(i % 10), 1048576)) end";
    await redis(engine, "EVAL", fill, "0", String(mebibytes));
  });

  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const snapshot = (port: number) =>
    fetchRdb(
      {
        dial: async () => connect(port, "127.0.0.1"),
        clock: systemClock,
        signal: AbortSignal.timeout(30_000),
      },
      ({ content, sizeBytes }) => blobs.write(verifiedRdb(content, { expectedBytes: sizeBytes })),
    );

  test.each(["yes", "no"])(
    "streams 50 MiB in bounded memory that redis itself finds whole (diskless: %s)",
    async (diskless) => {
      await redis(engine, "CONFIG", "SET", "repl-diskless-sync", diskless);
      const before = process.memoryUsage().rss;
      const blob = await snapshot(engine.port);
      expect(blob.sizeBytes).toBeGreaterThan(mebibytes * 1_048_576);
      expect((await stat(join(directory, blob.sha256))).size).toBe(blob.sizeBytes);
      expect(process.memoryUsage().rss - before).toBeLessThan(mebibytes * 1_048_576);
      const { stdout } = await run("redis-check-rdb", [join(directory, blob.sha256)]);
      expect(stdout).toContain("RDB looks OK");
      expect(stdout).toContain(`${mebibytes} keys read`);
      await blobs.delete(blob.sha256);
    },
  );

  test("keeps nothing of a stream in which a bit was changed", async () => {
    await using proxy = await startProxy(engine, (chunk, offset) => {
      if (offset < 5_000_000) return chunk;
      const changed = Buffer.from(chunk);
      changed[0] = (changed[0] ?? 0) ^ 1;
      return changed;
    });
    await expect(snapshot(proxy.port)).rejects.toMatchObject({ code: "FC_RDB_CORRUPT" });
    expect(await readdir(directory)).toEqual([]);
  });

  test("keeps nothing of a stream that is cut", async () => {
    await using proxy = await startProxy(engine, (chunk, offset) => (offset < 5_000_000 ? chunk : undefined));
    await expect(snapshot(proxy.port)).rejects.toThrow();
    expect(await readdir(directory)).toEqual([]);
  });

  test("gives up an engine that sends nothing any more, and says for how long", async () => {
    await using proxy = await startProxy(engine, (chunk, offset) => (offset === 0 ? chunk : Buffer.alloc(0)));
    const sockets: Socket[] = [];
    const dial = async () => {
      const socket = connect(proxy.port, "127.0.0.1");
      sockets.push(socket);
      return socket;
    };
    const asked = fetchRdb(
      { dial, clock: systemClock, signal: AbortSignal.timeout(30_000), idleMs: 200 },
      ({ content }) => blobs.write(verifiedRdb(content)),
    );
    await expect(asked).rejects.toMatchObject({ code: "FC_RDB_STALLED" });
    expect(sockets[0]?.destroyed).toBe(true);
  });

  test("sets parameters, takes them back when one is refused, and names those that wait for a reboot", async () => {
    using connection = new RespConnection(connect(engine.port, "127.0.0.1"));
    const { signal } = new AbortController();
    const directive = (name: string, value: string) => ({ name, value, parameters: [name] });
    expect(await configure(connection, [directive("timeout", "33"), directive("databases", "3")], signal)).toEqual([
      "databases",
    ]);
    const refused = [directive("timeout", "44"), directive("maxmemory-policy", "nonsense")];
    await expect(configure(connection, refused, signal)).rejects.toMatchObject({
      code: "FC_CACHE_PARAMETER_REJECTED",
      details: { parameter: "maxmemory-policy", engineMessage: expect.stringContaining("maxmemory-policy") },
    });
    expect(await connection.call(["CONFIG", "GET", "timeout"])).toEqual(["timeout", "33"]);
  });
});

test("an engine that loads its data does not serve yet", async () => {
  const slowly = ["--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"];
  await using engine = await startRedis("--enable-debug-command", "yes", ...slowly);
  const answers = () =>
    engineAnswers(connect({ host: engine.address, port: engine.port }), "redis", AbortSignal.timeout(20_000));
  await redis(engine, "EVAL", "for i = 1, 50 do redis.call('SET', i, string.rep('x', 2000)) end", "0");
  expect(await answers()).toBe(true);
  let loaded = false;
  const reloading = redis(engine, "DEBUG", "RELOAD").finally(() => {
    loaded = true;
  });
  const seen: boolean[] = [];
  while (!loaded) seen.push(await answers());
  expect(await reloading).toBe("OK");
  expect(seen).toContain(false);
  expect(await answers()).toBe(true);
});
