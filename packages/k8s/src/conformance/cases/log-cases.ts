import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { refused } from "../expectations.ts";
import { followedLines, hasSucceeded, nameOf } from "../pod-reading.ts";

export const logCases: readonly ConformanceCase[] = casesOf("logs", (add) => {
  add("a log is read whole, from its end, and up to a limit", async ({ client, box, signal }) => {
    const pod = await client.createPod(box("echo one; echo two; printf 'zwölf €'"));
    await client.waitForPod(nameOf(pod), hasSucceeded, { timeoutMs: 30_000, what: "to end", signal });
    assert.equal(await client.podLogs(pod, "main", { signal }), "one\ntwo\nzwölf €");
    assert.equal(await client.podLogs(pod, undefined, { signal }), "one\ntwo\nzwölf €");
    assert.equal(await client.podLogs(pod, "main", { tailLines: 2, signal }), "two\nzwölf €");
    assert.equal(await client.podLogs(pod, "main", { tailLines: 0, signal }), "");
    assert.equal(await client.podLogs(pod, "main", { limitBytes: 5, signal }), "one\nt");
    const later = new Date(Date.now() + 3_600_000);
    assert.equal(await client.podLogs(pod, "main", { sinceTime: later, signal }), "");
  });

  add("a log that is not there is refused in Kubernetes' words", async ({ client, box, started, signal }) => {
    const pod = await started("sleep 1000");
    await refused(client.podLogs(pod, "nobody", { signal }), {
      code: "FC_K8S_BAD_REQUEST",
      httpStatus: 400,
      message: /container nobody is not valid for pod/,
    });
    await refused(client.podLogs("nobody", "main", { signal }), {
      code: "FC_K8S_NOT_FOUND",
      httpStatus: 404,
      message: /pods "nobody" not found/,
    });
    const image = "nowhere.invalid/nothing:1";
    const waiting = await client.createPod(box("true", { container: { image } }));
    const pulls = (found: V1Pod): boolean => found.status?.containerStatuses?.[0]?.state?.waiting !== undefined;
    await client.waitForPod(nameOf(waiting), pulls, { timeoutMs: 30_000, what: "to wait", signal });
    await refused(client.podLogs(waiting, "main", { signal }), {
      code: "FC_K8S_BAD_REQUEST",
      httpStatus: 400,
      message: /container "main" in pod ".*" is waiting to start: /,
    });
  });

  add("the container must be named where there are several", async ({ client, box, signal }) => {
    const pod = box("echo first");
    const [first] = pod.spec?.containers ?? [];
    const second = { ...first, name: "second", command: ["echo", "second"] };
    const spec = { ...pod.spec, containers: [...(pod.spec?.containers ?? []), second] };
    await client.createPod({ ...pod, spec });
    const name = nameOf(pod);
    await client.waitForPod(name, hasSucceeded, { timeoutMs: 30_000, what: "to end", signal });
    assert.equal(await client.podLogs(name, "second", { signal }), "second\n");
    await refused(client.podLogs(name, undefined, { signal }), {
      code: "FC_K8S_BAD_REQUEST",
      httpStatus: 400,
      message: /a container name must be specified for pod .*, choose one of: \[main second\]/,
    });
  });

  add("a log is followed from before the container starts until it ends", async ({ client, box, signal }) => {
    const pod = await client.createPod(box("for i in 1 2 3; do echo line $i; sleep 0.3; done; printf rest"));
    assert.deepEqual(await followedLines(client, pod, signal), ["line 1\n", "line 2\n", "line 3\n", "rest"]);
  });

  add("a line comes as soon as it is written", async ({ client, started, signal }) => {
    const pod = await started("while [ ! -e /tmp/go ]; do sleep 0.05; done; echo now; sleep 1000");
    const lines = client.followLogs(pod, "main", { signal })[Symbol.asyncIterator]();
    const next = lines.next();
    await client.exec(pod, "main", ["touch", "/tmp/go"], { signal });
    assert.equal(Buffer.from((await next).value as Uint8Array).toString(), "now\n");
    await lines.return?.();
  });

  add("following ends when it is not wanted any more, and with the Pod", async ({ client, started, signal }) => {
    const pod = await started("echo up; sleep 1000");
    const controller = new AbortController();
    for await (const line of client.followLogs(pod, "main", { signal: controller.signal })) {
      assert.equal(Buffer.from(line).toString(), "up\n");
      controller.abort();
    }
    const lines: string[] = [];
    for await (const line of client.followLogs(pod, "main", { signal })) {
      lines.push(Buffer.from(line).toString());
      await client.deletePod(nameOf(pod), { gracePeriodSeconds: 1 });
    }
    assert.deepEqual(lines, ["up\n"]);
  });

  add("a cut connection loses no line and gives none twice", async ({ connect, proxy, box, client, signal }) => {
    const way = await proxy();
    const reader = await connect({ kubeconfig: way.kubeconfigPath });
    const pod = await client.createPod(box("for i in $(seq 1 60); do echo line $i; sleep 0.05; done"));
    const lines: string[] = [];
    for await (const line of reader.followLogs(pod, "main", { signal })) {
      lines.push(Buffer.from(line).toString());
      if (lines.length % 20 === 0) way.cut();
    }
    assert.deepEqual(
      lines,
      Array.from({ length: 60 }, (_, at) => `line ${at + 1}\n`),
    );
  });

  add("long lines, empty lines and bytes that are no text come as they are", async ({ client, box, signal }) => {
    const script = "head -c 40000 /dev/zero | tr '\\0' x; echo; echo; printf '\\377\\000\\n'";
    const pod = await client.createPod(box(script));
    const lines: Buffer[] = [];
    for await (const line of client.followLogs(pod, "main", { signal })) lines.push(Buffer.from(line));
    assert.equal(Buffer.concat(lines).toString("latin1"), `${"x".repeat(40_000)}\n\n\u00ff\u0000\n`);
  });
});
