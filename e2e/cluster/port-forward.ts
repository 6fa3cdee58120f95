import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A Service of the cluster at a port of this machine. */
export interface PortForward extends AsyncDisposable {
  readonly url: string;
}

/** Forwards a port that the system chooses, as a user would with kubectl. */
export async function portForward(namespace: string, service: string, port: number): Promise<PortForward> {
  const args = ["-n", namespace, "port-forward", `service/${service}`, `:${port}`];
  const child = spawn("kubectl", args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  // Read on to the end: kubectl writes a line for every connection.
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([once(lines, "line"), exited])) as [unknown];
  const [, chosen] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(String(line)) ?? [];
  if (chosen === undefined) throw new Error(`kubectl ${args.join(" ")} said: ${String(line)}`);
  return {
    url: `http://127.0.0.1:${chosen}`,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await exited;
    },
  };
}
