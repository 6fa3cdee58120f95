import { errorText } from "@fc/core";
import type { EnvironmentHandle } from "@fc/lambda/backend";
import { begun } from "../begun.ts";
import { jsonAnswer } from "../json.ts";
import { type AdminOptions, listRoute, type Route } from "./route.ts";

export function lambdaRoutes({ lambda, logger }: AdminOptions): Route[] {
  return [
    listRoute("lambda", "warm-containers", () => ({ containers: lambda.environments().map(withContainer) })),
    listRoute("lambda", "functions", () => ({ functions: lambda.functions() })),
    listRoute("lambda", "invocations", () => ({ invocations: lambda.invocations().map(withContainer) })),
    listRoute("lambda", "event-source-mappings", () => ({ eventSourceMappings: lambda.eventSourceMappings() })),
    listRoute("lambda", "pools", () => ({ pools: lambda.pools() })),
    {
      method: "POST",
      path: ["_fakecloud", "lambda", "*", "evict-container"],
      run: async ({ args: [name = ""] }) => jsonAnswer(200, { evicted: await lambda.evict(name) }),
    },
    {
      method: "GET",
      path: ["_fakecloud", "lambda", "download", "*"],
      open: true,
      run: async ({ args: [token = ""] }) => {
        const found = await lambda.download(token);
        if (found === undefined)
          return jsonAnswer(404, { error: "This download does not exist or has expired; call the operation again" });
        const headers = { "content-type": found.contentType, "content-length": String(found.sizeBytes) };
        return {
          status: 200,
          headers,
          body: await begun(found.content, (error) =>
            logger.error({ error: errorText(error) }, "a download was cut short"),
          ),
        };
      },
    },
  ];
}

/** Says what runs it as clients of these paths know it. */
function withContainer({ handle, ...row }: { readonly handle?: EnvironmentHandle }): object {
  if (handle?.kind === "pod") return { ...row, podName: handle.name, namespace: handle.namespace };
  return { ...row, containerId: handle?.id };
}
