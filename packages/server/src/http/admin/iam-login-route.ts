import { type AwsHttpRequest, BodyTooLargeError, readBody } from "@fc/aws";
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
      const login = await readLogin(request);
      if (login === undefined)
        return jsonAnswer(400, {
          error: `Expected at most ${longestLogin} bytes of JSON with nodeKey, user and token`,
        });
      const password = await iamPassword?.(login.nodeKey, bearerOf(request) ?? "");
      if (password === undefined) return jsonAnswer(404, { error: "There is no such cache node for this token" });
      if (!elasticache.allowsLogin(login))
        return jsonAnswer(403, { error: `The token does not open this cache to the user ${login.user}` });
      return jsonAnswer(200, { password });
    },
  };
}

type Login = Parameters<AdminOptions["elasticache"]["allowsLogin"]>[0];

async function readLogin(request: AwsHttpRequest): Promise<Login | undefined> {
  try {
    const body = Buffer.from(await readBody(request, longestLogin)).toString("utf8");
    const { nodeKey, user, token } = (JSON.parse(body) ?? {}) as Partial<Login>;
    const texts = [nodeKey, user, token].every((each) => typeof each === "string");
    return texts ? ({ nodeKey, user, token } as Login) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BodyTooLargeError) return undefined;
    throw error;
  }
}
