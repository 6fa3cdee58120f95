import assert from "node:assert/strict";
import type { AccessCode, AccessLine, AccessReport } from "../../access/access-report.ts";
import { checkAccess } from "../../access/check-access.ts";
import type { Bench } from "../bench.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { restrictNamespace } from "../restrict-namespace.ts";

const problems = ({ lines }: AccessReport): AccessLine[] => lines.filter(({ state }) => state === "problem");

function onlyProblem(report: AccessReport, code: AccessCode): AccessLine {
  const [problem, ...others] = problems(report);
  assert.ok(problem !== undefined && others.length === 0 && !report.ok, JSON.stringify(report.lines));
  assert.equal(problem.code, code, problem.message);
  return problem;
}

const look = (
  { kubeconfig, namespace, signal }: Bench,
  options: Parameters<typeof checkAccess>[0] = {},
): Promise<AccessReport> => checkAccess({ kubeconfig, namespace, signal, ...options });

export const accessCases: readonly ConformanceCase[] = casesOf("access", (add) => {
  add("who may do everything has no problem, and looking changes nothing", async (bench) => {
    const { client, box, namespace } = bench;
    const report = await look(bench, { pods: [box("true")] });
    assert.deepEqual(problems(report), []);
    assert.ok(report.ok && report.namespace === namespace && report.identity !== undefined);
    assert.ok(report.lines.some(({ code }) => code === "FC_K8S_ACCESS_PERMISSION"));
    assert.deepEqual(await client.listPods(""), []);
    assert.equal((await client.coordination.listNamespacedLease({ namespace })).items.length, 1);
  });

  add("a namespace that does not exist is a problem, with what to do", async (bench) => {
    const namespace = `${bench.namespace}-not`;
    const { fix } = onlyProblem(await look(bench, { namespace }), "FC_K8S_ACCESS_NAMESPACE");
    assert.match(fix ?? "", new RegExp(`kubectl create namespace ${namespace}`));
  });

  add("a Pod that would be refused is a problem, in Kubernetes' words", async (bench) => {
    await restrictNamespace(bench);
    const problem = onlyProblem(await look(bench, { pods: [bench.box("true")] }), "FC_K8S_ACCESS_POD");
    assert.match(problem.message, /violates PodSecurity "restricted:latest"/);
  });

  add("a server that is away is a problem, not a failure", async (bench) => {
    const proxy = await bench.proxy();
    await using _outage = await proxy.outage();
    const report = await look(bench, { kubeconfig: proxy.kubeconfigPath });
    assert.match(onlyProblem(report, "FC_K8S_ACCESS_CONNECTION").message, /ECONNREFUSED/);
  });
});
