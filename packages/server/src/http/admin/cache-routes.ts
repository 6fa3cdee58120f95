import { jsonAnswer } from "../json.ts";
import { iamLoginRoute } from "./iam-login-route.ts";
import { type AdminOptions, bearerOf, type Route } from "./route.ts";

export function cacheRoutes(options: AdminOptions): Route[] {
  const { elasticache, stagedRdb } = options;
  const { introspect } = elasticache;
  const list = (name: string, read: () => unknown): Route => ({
    method: "GET",
    path: ["_fakecloud", "elasticache", name],
    run: () => jsonAnswer(200, read()),
  });
  return [
    iamLoginRoute(options),
    list("clusters", introspect.clusters),
    list("replication-groups", introspect.replicationGroups),
    list("serverless-caches", introspect.serverlessCaches),
    list("acls", introspect.acls),
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
