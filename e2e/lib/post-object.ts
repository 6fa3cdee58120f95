import { spawn } from "node:child_process";
import { once } from "node:events";

/** Posts an object to the API, at the cluster of KUBECONFIG unless told otherwise. */
export async function post(path: string, body: object, environment?: Record<string, string>): Promise<void> {
  const child = spawn("kubectl", ["create", "--raw", path, "-f", "-"], {
    stdio: ["pipe", "ignore", "inherit"],
    env: environment ?? process.env,
  });
  child.stdin.end(JSON.stringify(body));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`kubectl ended with ${code}: nothing was made at ${path}`);
}
