/**
 * `pnpm chaos [--minutes 5] [--seed N] [--kubeconfig PATH [--api-server]]`: takes away Pods and the built server under load, on the embedded cluster or on
 * that of the kubeconfig. With `--api-server` the API server, too, of the cluster beside the repository: nobody else should use it then. Prints
 * its figures; the exit code is 1 when an accepted event or an acknowledged write was lost, or an answer wrong.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FcCluster } from "@fc-repo/development-cluster";
import { Ground } from "../load/ground.ts";
import { reportText } from "../load/report-text.ts";
import { chaos } from "./chaos.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    kubeconfig: { type: "string" },
    "api-server": { type: "boolean", default: false },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
const { kubeconfig } = values;
const cluster = FcCluster.of(kubeconfig ?? "", process.env);
if (values["api-server"] && cluster === undefined) {
  console.error(
    "--api-server takes the API server of the cluster beside the repository away: name that one's --kubeconfig.",
  );
  process.exit(2);
}
if (kubeconfig !== undefined) process.env["KUBECONFIG"] = kubeconfig;
const dataPath = await mkdtemp(join(tmpdir(), "fakecloud-chaos-"));
const namespace = kubeconfig === undefined ? undefined : `fc-chaos-${randomBytes(4).toString("hex")}`;
console.log(`seed ${seed}, ${minutes} minutes on ${kubeconfig ?? "the embedded cluster"}, data in ${dataPath}`);
const ground = await Ground.start(["--data-path", dataPath], namespace);
try {
  const withoutApi = values["api-server"] ? cluster?.withoutApi : undefined;
  const { acts, load, problems } = await chaos({
    ...{ ground, seed, withoutApi },
    seconds: minutes * 60,
    onAct: (act, { calls, ledger }) =>
      console.log(
        `${new Date().toISOString().slice(11, 19)} ${act}; ${calls.total} calls, ${ledger.figures().accepted} events`,
      ),
  });
  console.log(`taken away: ${JSON.stringify(acts)}\n${reportText(load)}`);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await ground[Symbol.asyncDispose]();
}
await rm(dataPath, { recursive: true });
