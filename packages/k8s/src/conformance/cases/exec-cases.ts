import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf, refused, timesOut } from "../expectations.ts";
import { hasSucceeded, nameOf, uidOf } from "../pod-reading.ts";

const mebibyte = 1024 * 1024;
/** Gives bytes that any loss, repeat or exchange of blocks would change. */
const numbersScript = (count: number): string => `seq 1 ${count}`;

export const execCases: readonly ConformanceCase[] = casesOf("exec", (add) => {
  add("output, errors and exit code come apart", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const run = (script: string): ReturnType<typeof client.exec> =>
      client.exec(pod, "main", ["sh", "-c", script], { signal });
    assert.deepEqual(await run("echo out; echo err >&2; exit 3"), {
      stdout: Buffer.from("out\n"),
      stderr: "err\n",
      exitCode: 3,
      success: false,
    });
    assert.deepEqual(await run("true"), { stdout: Buffer.of(), stderr: "", exitCode: 0, success: true });
    assert.equal((await run("kill -9 $$")).exitCode, 137);
    assert.equal((await run("exit 255")).exitCode, 255);
  });

  add("arguments reach the program as they are", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const words = ["", "two words", "$HOME", "a&b=c?d#e+f", "zwölf €", "line\nbreak", "'\"\\"];
    const script = 'for word in "$@"; do printf "<%s>" "$word"; done';
    const { stdout } = await client.exec(pod, "main", ["sh", "-c", script, "sh", ...words], { signal });
    assert.equal(stdout.toString(), words.map((word) => `<${word}>`).join(""));
  });

  add("every byte comes as it is", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const octal = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
    const { stdout } = await client.exec(pod, "main", ["printf", octal], { signal });
    assert.deepEqual(stdout, bytes);
  });

  add("large output comes whole", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const script = `${numbersScript(1_200_000)} | tee /tmp/numbers; sha256sum /tmp/numbers >&2`;
    const { stdout, stderr, success } = await client.exec(pod, "main", ["sh", "-c", script], { signal });
    assert.ok(success && stdout.length > 8 * mebibyte, `${stdout.length} bytes`);
    assert.equal(createHash("sha256").update(stdout).digest("hex"), stderr.split(" ")[0]);
  });

  add("of the errors the end is kept", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const script = `${numbersScript(40_000)} >&2; echo the end >&2`;
    const { stderr } = await client.exec(pod, "main", ["sh", "-c", script], { signal });
    assert.ok(stderr.endsWith("39999\n40000\nthe end\n"), stderr.slice(-40));
    assert.ok(stderr.length <= 64 * 1024, `${stderr.length} bytes`);
  });

  add("more output than asked for is an error, not short output", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const options = { maxStdoutBytes: 1_000, signal };
    const exact = await client.exec(pod, "main", ["head", "-c", "1000", "/dev/zero"], options);
    assert.equal(exact.stdout.length, 1_000);
    await refused(client.exec(pod, "main", ["head", "-c", "1001", "/dev/zero"], options), {
      code: "FC_K8S_EXEC_FAILED",
      message: /larger than 1000 bytes/,
    });
  });

  add("a stream is read at the reader's pace, whole", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const { stdout, result } = await client.execStream(pod, "main", ["head", "-c", String(4 * mebibyte), "/dev/zero"], {
      signal,
    });
    let size = 0;
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      size += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(size, 4 * mebibyte);
    assert.deepEqual(await result, { exitCode: 0, success: true, stderr: "" });
  });

  add("twenty at once are each whole", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const outputs = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        client.exec(pod, "main", ["sh", "-c", `${numbersScript(20_000)}; echo run ${at}`], { signal }),
      ),
    );
    const expected = `${Array.from({ length: 20_000 }, (_, at) => at + 1).join("\n")}\n`;
    for (const [at, { stdout }] of outputs.entries()) assert.equal(stdout.toString(), `${expected}run ${at}\n`);
  });

  add("a program that is missing is named", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    const error = await refused(client.exec(pod, "main", ["/no/such/program"], { signal }), {
      code: "FC_K8S_EXEC_FAILED",
      message: /\/no\/such\/program.*no such file or directory/,
    });
    assert.equal(error.retryable, false);
  });

  add("a container or Pod that is missing is named", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000");
    await refused(client.exec(pod, "nobody", ["true"], { signal }), {
      code: "FC_K8S_BAD_REQUEST",
      httpStatus: 400,
      reason: "BadRequest",
      message: /container nobody is not valid for pod/,
    });
    await refused(client.exec("nobody", "main", ["true"], { signal }), {
      code: "FC_K8S_NOT_FOUND",
      httpStatus: 404,
      reason: "NotFound",
      message: /pods "nobody" not found/,
    });
  });

  add("a Pod that has no node yet cannot be run in or dialled, and has no log", async ({ client, box, signal }) => {
    const pod = await client.createPod(box("sleep 1000", { spec: { nodeSelector: { nowhere: "1" } } }));
    await refused(client.exec(pod, "main", ["true"], { signal }), {
      code: "FC_K8S_BAD_REQUEST",
      httpStatus: 400,
      message: /does not have a host assigned/,
    });
    assert.equal(await client.podLogs(pod, "main", { signal }), "");
    const dialled = client.dial({ ...pod, status: { podIP: "192.0.2.1" } }, 80, { signal });
    await refused(dialled, { code: "FC_K8S_DIAL_FAILED", message: /does not have a host assigned/ });
  });

  add("a Pod that has ended cannot be run in", async ({ client, box, signal }) => {
    const pod = await client.createPod(box("true"));
    await client.waitForPod(nameOf(pod), hasSucceeded, { timeoutMs: 30_000, what: "to end", signal });
    await refused(client.exec(pod, "main", ["true"], { signal }), {
      code: "FC_K8S_EXEC_FAILED",
      message: /container not found \("main"\)/,
    });
  });

  add(
    "a command that takes too long, or is not wanted any more, ends the call",
    async ({ client, started, signal }) => {
      const pod = await started("sleep 1000");
      await timesOut(client.exec(pod, "main", ["sleep", "100"], { timeoutMs: 500, signal }), /exec in Pod .*500 ms/);
      const controller = new AbortController();
      const reason = new Error("not wanted any more");
      const { stdout, result } = await client.execStream(pod, "main", ["sh", "-c", "echo up; sleep 100"], {
        signal: controller.signal,
      });
      for await (const chunk of stdout as AsyncIterable<Buffer>) {
        assert.equal(chunk.toString(), "up\n");
        break;
      }
      controller.abort(reason);
      assert.ok((await failureOf(result)) instanceof Error);
    },
  );

  add("a connection that is cut is an error, whatever was read", async ({ connect, proxy, started, signal }) => {
    const pod = await started("sleep 1000");
    const way = await proxy();
    const client = await connect({ kubeconfig: way.kubeconfigPath });
    const { stdout, result } = await client.execStream(pod, "main", ["sh", "-c", "echo some; sleep 100"], { signal });
    const read = (async () => {
      for await (const chunk of stdout as AsyncIterable<Buffer>) {
        assert.equal(chunk.toString(), "some\n");
        way.cut();
      }
    })();
    await refused(read, { code: "FC_K8S_EXEC_FAILED" });
    const error = await refused(result, { code: "FC_K8S_EXEC_FAILED" });
    assert.equal(error.retryable, true);
  });

  add("a Pod that is killed while a command runs never makes it a success", async ({ client, started, signal }) => {
    const pod = await started("sleep 1000", { spec: { terminationGracePeriodSeconds: 1 } });
    const { stdout, result } = await client.execStream(pod, "main", ["sh", "-c", "echo some; sleep 100"], { signal });
    const ended = result.then(
      ({ success, exitCode }) => ({ success, exitCode }),
      (error: unknown) => error,
    );
    stdout.once("data", () => void client.deletePod(nameOf(pod), { uid: uidOf(pod) }));
    const how = await ended;
    if (how instanceof Error) await refused(Promise.reject(how), { code: "FC_K8S_EXEC_FAILED" });
    else assert.deepEqual(how, { success: false, exitCode: 137 });
  });
});
