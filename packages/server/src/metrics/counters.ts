import type { GatewayAnswer } from "@fc/aws";
import type { RequestObserver } from "@fc/k8s";
import type { InvocationReport } from "@fc/lambda";
import { Counter, Histogram, type Registry } from "prom-client";

/** Seconds: from a warm invocation to the longest that a function may take. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** Counts what the AWS endpoint answers. Labels are names of the services' models, or `unknown`. */
export function answerCounter(registry: Registry): (answer: GatewayAnswer) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "fakecloud_aws_requests_total",
    help: "Requests to the AWS endpoint that were answered, by class of the HTTP status.",
    labelNames: ["service", "operation", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "fakecloud_aws_request_duration_seconds",
    help: "Time until the answer was there; one that is streamed goes on.",
    labelNames: ["service", "operation"],
    buckets: durationBuckets,
    registers,
  });
  return ({ service = "unknown", operation = "unknown", status, durationMs }) => {
    requests.inc({ service, operation, status: statusClass(status) });
    durations.observe({ service, operation }, durationMs / 1_000);
  };
}

/** Counts the events that functions were to run. */
export function invocationCounter(registry: Registry): (report: InvocationReport) => void {
  const registers = [registry];
  const invocations = new Counter({
    name: "fakecloud_lambda_invocations_total",
    help: "Events that functions were to run, each try of one, by how it ended.",
    labelNames: ["result"],
    registers,
  });
  const durations = new Histogram({
    name: "fakecloud_lambda_invocation_duration_seconds",
    help: "Time that functions took, without the init phase.",
    labelNames: ["result"],
    buckets: durationBuckets,
    registers,
  });
  const inits = new Histogram({
    name: "fakecloud_lambda_init_duration_seconds",
    help: "Init phases of the environments that served a first event.",
    buckets: durationBuckets,
    registers,
  });
  return ({ end, durationMs, initDurationMs }) => {
    invocations.inc({ result: end });
    if (durationMs !== undefined) durations.observe({ result: end }, durationMs / 1_000);
    if (initDurationMs !== undefined) inits.observe(initDurationMs / 1_000);
  };
}

/** Counts requests to the Kubernetes API. */
export function kubernetesCounter(registry: Registry): RequestObserver {
  const registers = [registry];
  const requests = new Counter({
    name: "fakecloud_kubernetes_requests_total",
    help: "Requests to the Kubernetes API, each try of one, by HTTP method and status; without an answer: none.",
    labelNames: ["method", "status"],
    registers,
  });
  const retries = new Counter({
    name: "fakecloud_kubernetes_request_retries_total",
    help: "Requests to the Kubernetes API that were sent again.",
    labelNames: ["method"],
    registers,
  });
  return {
    answered: (method, httpStatus) => requests.inc({ method, status: String(httpStatus ?? "none") }),
    retried: (method) => retries.inc({ method }),
  };
}

function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
