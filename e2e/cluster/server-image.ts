import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execProgram } from "../lib/programs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const environment = process.env as Record<string, string>;

/**
 * Builds the server's image and imports it where the nodes of the development machine's cluster find it. Other clusters have it from a registry:
 * FC_SERVER_IMAGE names it.
 * @returns its name
 */
export async function serverImage(): Promise<string> {
  const given = process.env["FC_SERVER_IMAGE"];
  if (given !== undefined) return given;
  const sockets = globSync(join(process.env["FC_CLUSTER_DIR"] ?? "/var/lib/fc-cluster", "run/containerd-*.sock"));
  if (sockets.length === 0) throw new Error("Set FC_SERVER_IMAGE: the image of this cluster's registry");
  const said = await execProgram(process.execPath, [join(root, "tools/image.ts")], environment);
  const archive = said.trim().split("\n").at(-1) ?? "";
  const load = (socket: string): Promise<string> =>
    execProgram("ctr", ["-a", socket, "-n", "k8s.io", "images", "import", archive], environment);
  // A node that a test took away has left its socket.
  const loaded = await Promise.allSettled(sockets.map(load));
  const failed = loaded.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as Error] : []));
  if (failed.length === loaded.length) throw failed[0];
  return "fc-server:0.0.0";
}
