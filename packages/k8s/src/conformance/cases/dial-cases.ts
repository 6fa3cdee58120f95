import assert from "node:assert/strict";
import { once } from "node:events";
import { addAbortSignal, type Duplex } from "node:stream";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { startEcho } from "../echo-pod.ts";
import { refused } from "../expectations.ts";

/** An address that leads nowhere (RFC 5737): what a Pod's is to a laptop. */
const nowhere = "192.0.2.1";

async function answersLike(stream: Duplex, bytes: Buffer, signal: AbortSignal): Promise<void> {
  addAbortSignal(signal, stream);
  stream.write(bytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= bytes.length) break;
  }
  assert.ok(Buffer.concat(chunks).equals(bytes), `the ${size} bytes that came back are others`);
}

/** Bytes that any loss or exchange would change. */
const payload: Buffer = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff));

export const dialCases: readonly ConformanceCase[] = casesOf("dial", (add) => {
  add("bytes go to a Pod and back, whichever way there is", async (bench) => {
    const { pod, port } = await startEcho(bench);
    const { client, signal } = bench;
    await answersLike(await client.dial(pod, port, { signal }), payload, signal);
  });

  add("a Pod whose address cannot be reached is dialled through the API server", async (bench) => {
    const { pod, port } = await startEcho(bench);
    const far = { ...pod, status: { podIP: nowhere } };
    const { client, signal } = bench;
    const comesBack = async (bytes: Buffer): Promise<void> =>
      answersLike(await client.dial(far, port, { signal }), bytes, signal);
    await comesBack(payload);
    await Promise.all([comesBack(Buffer.of(1, 0)), comesBack(Buffer.of(2, 0))]);
  });

  add("a port where nothing listens is told, whichever way there is", async (bench) => {
    const { client, connect, signal } = bench;
    const { pod, port } = await startEcho(bench);
    await refused(client.dial(pod, port + 1, { signal }), {
      code: "FC_K8S_DIAL_FAILED",
      message: new RegExp(`Pod .* port ${port + 1}`),
    });
    const laptop = await connect();
    const far = { ...pod, status: { podIP: nowhere } };
    (await laptop.dial(far, port, { signal })).destroy();
    const stream = await laptop.dial(far, port + 1, { signal });
    const [error] = (await once(stream, "error", { signal })) as [Error];
    await refused(Promise.reject(error), { code: "FC_K8S_DIAL_FAILED", message: /connection refused/i });
  });

  add("a Pod without an address, or that is gone, is told", async (bench) => {
    const { client, box, signal } = bench;
    const pod = await client.createPod(box("sleep 1000", { spec: { nodeSelector: { nowhere: "1" } } }));
    await refused(client.dial(pod, 8080, { signal }), { code: "FC_K8S_DIAL_FAILED", message: /has no address/ });
    const gone = { metadata: { name: "nobody" }, status: { podIP: nowhere } };
    await refused(client.dial(gone, 8080, { signal }), {
      code: "FC_K8S_DIAL_FAILED",
      message: /pods "nobody" not found/,
    });
  });

  add("a Service has an address that leads to its ready Pods", async (bench) => {
    const { client, started, signal } = bench;
    const labels = { app: "echo" };
    const { port } = await startEcho(bench, { labels });
    const service = await client.createService({
      metadata: client.owned({ name: "echo" }, "process", "lambda"),
      spec: { selector: labels, ports: [{ port: 80, targetPort: port }] },
    });
    const address = service.spec?.clusterIP ?? "";
    const asker = await started("sleep 1000");
    const script = `for try in $(seq 50); do echo ping | nc -w 2 ${address} 80 && break; sleep 0.1; done`;
    const { stdout } = await client.exec(asker, "main", ["sh", "-c", script], { signal });
    assert.equal(stdout.toString(), "ping\n");
  });
});
