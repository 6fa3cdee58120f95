/**
 * `pnpm bench [server] [k8s] [pods] [lambda] [elasticache] [--kubeconfig PATH] [--host ADDRESS] [--rounds N] [--size MIB] [--only SECTION]… [--markdown FILE]`: each
 * figure beside a peer or a floor that is measured in the same run. Without a name all of it runs; `k8s` measures on an embedded cluster, and
 * with `--kubeconfig` on that one instead; `lambda` and `elasticache` need one, and `--host` where Pods do not reach this machine at its node's
 * address. `lambda` and `elasticache` have bars, sections to choose with `--only`, and tables for `docs/performance.md`, whose rows
 * `--markdown` replaces. `--size` is that of the snapshot.
 */
import { parseArgs } from "node:util";
import { cacheSections, runElastiCache } from "./elasticache/run-elasticache.ts";
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
    size: { type: "string", default: "1024" },
    only: { type: "string", multiple: true, default: [] },
    markdown: { type: "string" },
  },
});
const { kubeconfig, host, only, markdown } = values;
const rounds = Number(values.rounds);
const benches: Readonly<Record<string, () => Promise<void>>> = {
  server: runServer,
  k8s: () => runK8s(kubeconfig),
  pods: runPods,
  lambda: () => runLambda({ kubeconfig, host, rounds, only, markdown }),
  elasticache: () => runElastiCache({ kubeconfig, host, rounds, sizeMiB: Number(values.size), only, markdown }),
};
const unknown = positionals.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
const known = [...sections, ...cacheSections];
const unknownSections = only.filter((name) => !known.includes(name));
if (unknownSections.length > 0) {
  console.error(`There is no section ${unknownSections.join(", ")}; there are ${known.join(", ")}.`);
  process.exit(2);
}
console.log(`Node.js ${process.version}, ${process.platform} ${process.arch}`);
for (const [name, run] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n${name}\n`);
  await run();
}
