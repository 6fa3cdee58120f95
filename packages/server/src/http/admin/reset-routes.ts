import type { AwsHttpResponse } from "@fc/aws";
import type { ElastiCache } from "@fc/elasticache";
import type { Lambda } from "@fc/lambda";
import { jsonAnswer } from "../json.ts";
import type { AdminOptions, Route } from "./route.ts";

export function resetRoutes({ lambda, elasticache }: AdminOptions): Route[] {
  const services: Record<string, Lambda | ElastiCache> = { lambda, elasticache };
  const resetOne = async (name: string, account: string | undefined): Promise<AwsHttpResponse> => {
    const service = Object.hasOwn(services, name) ? services[name] : undefined;
    if (service === undefined) {
      return jsonAnswer(404, {
        error: `There is no service "${name}"; there are ${Object.keys(services).join(", ")}`,
      });
    }
    await service.reset(account === undefined ? {} : { account });
    return jsonAnswer(200, { reset: name });
  };
  return [
    {
      method: "POST",
      path: ["_reset"],
      run: async () => {
        await Promise.all([lambda.reset(), elasticache.reset()]);
        return jsonAnswer(200, { status: "ok" });
      },
    },
    {
      method: "POST",
      path: ["_fakecloud", "reset", "*"],
      run: ({ args: [name = ""] }) => resetOne(name, undefined),
    },
    {
      method: "POST",
      path: ["_fakecloud", "reset", "*", "*"],
      run: ({ args: [name = "", account] }) => resetOne(name, account),
    },
  ];
}
