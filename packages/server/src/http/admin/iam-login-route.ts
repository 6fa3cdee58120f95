import { readBody } from "@fc/aws";
import { jsonAnswer } from "../json.ts";
import { type AdminOptions, bearerOf, type Route } from "./route.ts";

const longestLogin = 65_536;

/** Asked by what stands before engines that have users with IAM authentication: a token that is good gets the user's password there. */
export function iamLoginRoute({ elasticache, iamPassword }: AdminOptions): Route {
  return {
    method: "POST",
    path: ["_fakecloud", "elasticache", "_internal", "iam-login"],
    open: true,
    run: async ({ request }) => {
      const login = parsedLogin(await readBody(request, longestLogin));
      if (login === undefined) return jsonAnswer(400, { error: "Expected JSON with nodeKey, user and token" });
      const password = await iamPassword?.(login.nodeKey, bearerOf(request) ?? "");
      if (password === undefined) return jsonAnswer(404, { error: "There is no such cache node for this token" });
      if (!elasticache.allowsLogin(login))
        return jsonAnswer(403, { error: `The token does not open this cache to the user ${login.user}` });
      return jsonAnswer(200, { password });
    },
  };
}

type Login = Parameters<AdminOptions["elasticache"]["allowsLogin"]>[0];

function parsedLogin(body: Uint8Array): Login | undefined {
  try {
    const { nodeKey, user, token } = JSON.parse(Buffer.from(body).toString("utf8")) as Partial<Login>;
    const texts = [nodeKey, user, token].every((each) => typeof each === "string");
    return texts ? ({ nodeKey, user, token } as Login) : undefined;
  } catch {
    return undefined;
  }
}
