/** `pnpm demo`: starts the server, runs examples/counter against it, shows Pods and times, and leaves nothing behind. */
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { deployAndCount, remove } from "@fc-example/counter/deploy";
import { prepare } from "./lib/prepare.ts";
import { have, run } from "./lib/run.ts";

function report(step: string, milliseconds: number, result?: unknown): void {
  const shown = result === undefined ? "" : `  ${JSON.stringify(result)}`;
  console.log(`${milliseconds.toFixed(0).padStart(6)} ms  ${step}${shown}`);
}

await prepare();
const started = performance.now();
const { createServer } = (await import(
  new URL("../packages/server/dist/index.js", import.meta.url).href
)) as typeof import("@fc/server");
await using server = await createServer({ flags: { addr: "127.0.0.1:0" } });
report(`start the server at ${server.url}`, performance.now() - started);
const config = {
  endpoint: server.url,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const clients = { lambda: new LambdaClient(config), elasticache: new ElastiCacheClient(config) };
try {
  await deployAndCount(clients, report);
  const kubeconfig = server.localCluster?.kubeconfigPath ?? "";
  // Not synchronously: the API that kubectl asks lives in this very process.
  if (have("kubectl")) await run("kubectl", ["--kubeconfig", kubeconfig, "get", "pods,services"]);
  else
    for (const row of server.lambda.environments())
      console.log(`Pod of ${row.functionName}: ${row.handle?.kind === "pod" ? row.handle.name : ""}`);
} finally {
  await remove(clients, report);
}
