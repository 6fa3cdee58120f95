import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { refused, timesOut } from "../expectations.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Bytes that any loss, repeat or exchange would change. */
const payload: Buffer = Buffer.from(Array.from({ length: 3_000_001 }, (_, at) => (at * 13 + (at >> 8)) & 0xff));

export const fileCases: readonly ConformanceCase[] = casesOf("input and files", (add) => {
  add("a command reads its input to the end, every byte of it", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    for (const stdin of ["", "two\nlines", payload]) {
      const { stdout, success } = await client.exec(pod, "main", ["sh", "-c", "cat; echo end"], { stdin, signal });
      assert.ok(success && stdout.equals(Buffer.concat([Buffer.from(stdin), Buffer.from("end\n")])));
    }
  });

  add("input is taken as it comes, and its failure is told", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const parts = async function* (): AsyncGenerator<Buffer> {
      for (const part of ["one ", "two ", "three"]) {
        yield Buffer.from(part);
        await delay(1);
      }
    };
    const { stdout } = await client.exec(pod, "main", ["cat"], { stdin: parts(), signal });
    assert.equal(stdout.toString(), "one two three");
    const reason = new Error("no more of it");
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    const broken = async function* (): AsyncGenerator<Buffer> {
      await delay(1);
      throw reason;
    };
    const error = await refused(client.exec(pod, "main", ["cat"], { stdin: broken(), signal }), {
      code: "FC_K8S_EXEC_FAILED",
      message: /its input failed: no more of it/,
    });
    assert.equal(error.cause, reason);
  });

  add("a command need not read its input", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const { exitCode } = await client.exec(pod, "main", ["sh", "-c", "exit 5"], { stdin: "unread", signal });
    assert.equal(exitCode, 5);
  });

  add("output goes to a file whole", async ({ client, started, directory, signal }) => {
    const pod = await started("sleep 1000");
    const path = join(directory, "output");
    const expected = { sizeBytes: payload.length, sha256: sha256(payload) };
    const written = await client.execToFile(pod, "main", ["cat"], path, { stdin: payload, expected, signal });
    assert.deepEqual(written, expected);
    assert.ok((await readFile(path)).equals(payload));
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  add("output that is not what it should be leaves no file", async ({ client, started, directory, signal }) => {
    const pod = await started("sleep 1000");
    const path = join(directory, "output");
    const write = (script: string, options: object): Promise<unknown> =>
      client.execToFile(pod, "main", ["sh", "-c", script], path, { ...options, signal });
    await refused(write("echo some; echo why >&2; exit 3", {}), {
      code: "FC_K8S_EXEC_FAILED",
      message: /exit code 3: why/,
    });
    await refused(write("echo some", { expected: { sizeBytes: 6 } }), { code: "FC_K8S_EXEC_OUTPUT_DIFFERS" });
    await refused(write("echo some", { expected: { sha256: sha256(payload) } }), {
      code: "FC_K8S_EXEC_OUTPUT_DIFFERS",
    });
    await refused(write("echo some", { maxBytes: 4 }), { code: "FC_K8S_EXEC_FAILED", message: /larger than 4 bytes/ });
    await timesOut(write("echo some; sleep 100", { timeoutMs: 500 }));
    assert.deepEqual(await readdir(directory), []);
  });

  add("a file of a container is fetched whole, or not at all", async ({ client, started, directory, signal }) => {
    const pod = await started("sleep 1000");
    // It says what has arrived: Kubernetes may report success of a command whose last input it has lost.
    const save = ["sh", "-c", "cat >'/tmp/some file'; wc -c <'/tmp/some file'"];
    const { stdout } = await client.exec(pod, "main", save, { stdin: payload, signal });
    assert.equal(Number(stdout.toString()), payload.length);
    const path = join(directory, "copy");
    const written = await client.fetchFile(pod, "main", "/tmp/some file", path, { signal });
    assert.deepEqual(written, { sizeBytes: payload.length, sha256: sha256(payload) });
    assert.ok((await readFile(path)).equals(payload));
    const absent = client.fetchFile(pod, "main", "/tmp/absent", join(directory, "none"), { signal });
    await refused(absent, { code: "FC_K8S_EXEC_FAILED", message: /\/tmp\/absent/ });
    assert.deepEqual(await readdir(directory), ["copy"]);
  });

  add("a connection that is cut leaves no file", async ({ connect, proxy, started, directory, signal }) => {
    const pod = await started("sleep 1000");
    const way = await proxy();
    const client = await connect({ kubeconfig: way.kubeconfigPath });
    const script = "echo some; echo up >/tmp/up; sleep 100";
    const writing = client.execToFile(pod, "main", ["sh", "-c", script], join(directory, "output"), { signal });
    const failed = refused(writing, { code: "FC_K8S_EXEC_FAILED" });
    const wait = "while [ ! -e /tmp/up ]; do sleep 0.1; done";
    await client.exec(pod, "main", ["sh", "-c", wait], { signal });
    way.cut();
    await failed;
    assert.deepEqual(await readdir(directory), []);
  });
});
