// Runs in a stranger's project: imports every entry point, then runs every snippet with an embedded cluster at hand. Prints what failed, as JSON.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const { specifiers, snippets } = JSON.parse(process.argv[2]);
const problems = [];
for (const specifier of specifiers) {
  try {
    const names = Object.keys(await import(specifier));
    if (names.length === 0 && !specifier.endsWith("/backend")) problems.push(`${specifier} exports nothing`);
  } catch (error) {
    problems.push(`${specifier} cannot be imported: ${error}`);
  }
}
const { startLocalCluster } = await import(specifiers.find((name) => name === "@fc/local-cluster"));
const cluster = await startLocalCluster({ dataDirectory: join(process.cwd(), "cluster-at-hand") });
const env = {
  PATH: process.env.PATH,
  HOME: process.cwd(),
  KUBECONFIG: cluster.kubeconfigPath,
  HOST_FOR_PODS: cluster.hostAddress,
};
for (const snippet of snippets) {
  try {
    await promisify(execFile)(process.execPath, [snippet], { env, timeout: 60_000 });
  } catch (error) {
    problems.push(`${snippet}: ${error.stderr || error}`);
  }
}
await cluster[Symbol.asyncDispose]();
console.log(JSON.stringify(problems));
process.exit();
