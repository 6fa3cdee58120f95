import { jsonAnswer } from "../json.ts";
import type { AdminOptions, Route } from "./route.ts";

export function lambdaRoutes({ lambda }: AdminOptions): Route[] {
  return [
    {
      method: "GET",
      path: ["_fakecloud", "lambda", "warm-containers"],
      run: () => {
        const containers = lambda.environments().map(({ handle, ...row }) => ({
          ...row,
          ...(handle?.kind === "pod"
            ? { podName: handle.name, namespace: handle.namespace }
            : { containerId: handle?.id }),
        }));
        return jsonAnswer(200, { containers });
      },
    },
    {
      method: "GET",
      path: ["_fakecloud", "lambda", "pools"],
      run: () => jsonAnswer(200, { pools: lambda.pools() }),
    },
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
        return { status: 200, headers, body: found.content };
      },
    },
  ];
}
