import { setTimeout as delay } from "node:timers/promises";
import type { CacheServer } from "./cache-server.ts";
import { type Endpoint, Engine } from "./engine.ts";

const lookMs = 100;
/** What the server gives a node of cache.m5.large, without the server. */
const resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "2", memory: "6538Mi" } };

/** The same engine in a Pod of its own that the server knows nothing of. */
export function startBareEngine(server: CacheServer): Endpoint {
  const name = "bare-engine";
  const spec = {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name,
        image: "valkey/valkey:8-alpine",
        args: ["--save", "", "--protected-mode", "no"],
        resources,
        readinessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 1 },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      },
    ],
    volumes: [{ name: "data", emptyDir: {} }],
  };
  const overrides = JSON.stringify({ apiVersion: "v1", spec });
  server.kubectl("run", name, "--image=valkey/valkey:8-alpine", "--restart=Never", `--overrides=${overrides}`);
  server.kubectl("wait", `pod/${name}`, "--for=condition=Ready", "--timeout=120s");
  return { address: server.kubectl("get", "pod", name, "-o", "jsonpath={.status.podIP}"), port: 6379 };
}

/** The engine's own snapshot, into a file of its Pod: what nobody can do without. */
export async function saveByItself(endpoint: Endpoint): Promise<void> {
  using engine = new Engine(endpoint);
  await engine.call("BGSAVE");
  for (;;) {
    await delay(lookMs);
    const info = await engine.call("INFO", "persistence");
    if (info.includes("rdb_bgsave_in_progress:1")) continue;
    if (info.includes("rdb_last_bgsave_status:ok")) return;
    throw new Error(`BGSAVE failed: ${info}`);
  }
}
