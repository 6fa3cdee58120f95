/**
 * `pnpm bench [server] [k8s] [pods] [lambda] [--kubeconfig PATH] [--host ADDRESS] [--rounds N] [--only SECTION]… [--markdown FILE]`: each
 * figure beside a peer or a floor that is measured in the same run. Runs what was built: `pnpm build` first. Without a name all of it
 * runs; `k8s` measures on an embedded cluster, and with `--kubeconfig` on that one instead; `lambda` needs one, and `--host` where Pods do
 * not reach this machine at its node's address. `lambda` alone has bars, sections to choose with `--only`, and a table for
 * `docs/performance.md`, which `--markdown` replaces.
 */
import { parseArgs } from "node:util";
import { runK8s } from "./k8s/run-k8s.ts";
import { runLambda, sections } from "./lambda/run-lambda.ts";
import { runPods } from "./pods.ts";
import { runServer } from "./server.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kubeconfig: { type: "string" },
    host: { type: "string" },
    rounds: { type: "string", default: "6" },
    only: { type: "string", multiple: true, default: [] },
    markdown: { type: "string" },
  },
});
const { kubeconfig, host, only, markdown } = values;
const benches: Readonly<Record<string, () => Promise<void>>> = {
  server: runServer,
  k8s: () => runK8s(kubeconfig),
  pods: runPods,
  lambda: () => runLambda({ kubeconfig, host, rounds: Number(values.rounds), only, markdown }),
};
const unknown = positionals.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
const unknownSections = only.filter((name) => !sections.includes(name));
if (unknownSections.length > 0) {
  console.error(`lambda has no section ${unknownSections.join(", ")}; there are ${sections.join(", ")}.`);
  process.exit(2);
}
console.log(`Node.js ${process.version}, ${process.platform} ${process.arch}`);
for (const [name, run] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n${name}\n`);
  await run();
}
