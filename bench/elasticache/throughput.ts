import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Figure, median } from "../lib/figures.ts";
import type { CacheServer } from "./cache-server.ts";

const leastRatio = 0.9;
const requests = 100_000;

/** GETs per second through the endpoint beside those to the Pod itself, in turn; by `redis-benchmark`. */
export async function throughput(server: CacheServer, rounds: number): Promise<Figure[]> {
  const { address, port } = await server.createCluster("busy");
  const [pod] = server.podsOf("busy");
  if (pod === undefined) throw new Error("The cluster has no Pod");
  const through: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    through.push(await perSecond(address, port));
    bare.push(await perSecond(pod.address, port));
  }
  const ratio = median(through) / median(bare);
  return [
    {
      name: "GET through the endpoint",
      times: through,
      unit: "per second",
      bars: [{ text: `≥ ${leastRatio} × the Pod's`, met: ratio >= leastRatio }],
      note: `${ratio.toFixed(2)} × the Pod's`,
    },
    { name: "GET at the Pod's address", times: bare, unit: "per second", note: "the floor" },
  ];
}

async function perSecond(address: string, port: number): Promise<number> {
  const args = ["-h", address, "-p", String(port), "-t", "get", "-n", String(requests), "-c", "16", "--csv"];
  const { stdout } = await promisify(execFile)("redis-benchmark", args);
  const found = /^"GET[^"]*","([\d.]+)"/m.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`redis-benchmark said ${stdout}`);
  return Number(found);
}
