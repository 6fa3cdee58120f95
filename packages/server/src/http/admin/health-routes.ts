import { jsonAnswer } from "../json.ts";
import { readinessOf } from "../readiness.ts";
import type { AdminOptions, Route } from "./route.ts";

export function healthRoutes({ version, ...parts }: AdminOptions): Route[] {
  return [
    {
      method: "GET",
      path: ["_fakecloud", "health"],
      open: true,
      run: () => jsonAnswer(200, { status: "ok", version, services: ["elasticache", "lambda"] }),
    },
    {
      method: "GET",
      path: ["_fakecloud", "ready"],
      open: true,
      run: async () => {
        const readiness = await readinessOf(parts);
        return jsonAnswer(readiness.ready ? 200 : 503, readiness);
      },
    },
  ];
}

export function metricsRoutes({ metrics }: AdminOptions): Route[] {
  // Where Prometheus looks when nobody tells it otherwise, and beside the other routes.
  return [["metrics"], ["_fakecloud", "metrics"]].map((path) => ({
    method: "GET",
    path,
    run: async () => {
      const { contentType, text } = await metrics.render();
      return { status: 200, headers: { "content-type": contentType }, body: Buffer.from(text) };
    },
  }));
}
