import type { GatewayAnswer } from "@fc/aws";
import type { RequestObserver } from "@fc/k8s";
import type { InvocationReport } from "@fc/lambda";
import { Registry } from "prom-client";
import { answerCounter, invocationCounter, kubernetesCounter } from "./counters.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { addStateMetrics, type MeasuredServices } from "./state-metrics.ts";

/** The metrics of one server: in a registry of its own, so that two servers of a process share none. */
export interface ServerMetrics extends AsyncDisposable {
  /** For the gateway. */
  readonly onAnswer: (answer: GatewayAnswer) => void;
  /** For the Lambda service. */
  readonly onInvocation: (report: InvocationReport) => void;
  /** For clients of clusters. */
  readonly kubernetes: RequestObserver;
  /** What is read from the services whenever somebody asks; call it once. */
  measure(services: MeasuredServices): void;
  /** In Prometheus' text format. */
  render(): Promise<RenderedMetrics>;
}

export interface RenderedMetrics {
  readonly contentType: string;
  readonly text: string;
}

export function createServerMetrics(): ServerMetrics {
  const registry = new Registry();
  let process: Disposable | undefined;
  return {
    onAnswer: answerCounter(registry),
    onInvocation: invocationCounter(registry),
    kubernetes: kubernetesCounter(registry),
    measure: (services) => addStateMetrics(registry, services),
    render: async () => {
      // They watch the event loop and the garbage collector: only where somebody looks.
      process ??= addProcessMetrics(registry);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    [Symbol.asyncDispose]: async () => process?.[Symbol.dispose](),
  };
}
