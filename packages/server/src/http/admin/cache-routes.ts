import { jsonAnswer } from "../json.ts";
import { iamLoginRoute } from "./iam-login-route.ts";
import { type AdminOptions, bearerOf, listRoute, type Route } from "./route.ts";

export function cacheRoutes(options: AdminOptions): Route[] {
  const { elasticache, stagedRdb } = options;
  const { introspect } = elasticache;
  return [
    iamLoginRoute(options),
    listRoute("elasticache", "clusters", introspect.clusters),
    listRoute("elasticache", "replication-groups", introspect.replicationGroups),
    listRoute("elasticache", "serverless-caches", introspect.serverlessCaches),
    listRoute("elasticache", "acls", introspect.acls),
    {
      method: "GET",
      path: ["_fakecloud", "elasticache", "certificate-authority"],
      // What is public by its nature, and needed by clients of caches.
      open: true,
      run: async () => {
        const certificate = await introspect.certificateAuthority();
        if (certificate === undefined)
          return jsonAnswer(404, { error: "This cache backend has no certificate authority" });
        return { status: 200, headers: { "content-type": "application/x-pem-file" }, body: Buffer.from(certificate) };
      },
    },
    {
      method: "GET",
      path: ["_fakecloud", "elasticache", "_internal", "rdb", "*"],
      open: true,
      run: ({ request, args: [id = ""] }) => {
        const body = stagedRdb?.(id, bearerOf(request) ?? "");
        if (body === undefined) return jsonAnswer(404, { error: "There is no such staged snapshot for this token" });
        return { status: 200, headers: { "content-type": "application/octet-stream" }, body };
      },
    },
  ];
}
