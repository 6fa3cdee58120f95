import type { Server } from "../server.ts";
import type { ServerSettings } from "../settings.ts";

type Shown = Pick<Server, "url" | "adminUrl" | "port"> & {
  readonly localCluster: Pick<NonNullable<Server["localCluster"]>, "kubeconfigPath" | "isolation"> | undefined;
};

/** What a started server says on standard output: lines that a shell can pick out, and three commands to try. */
export function banner(server: Shown, settings: ServerSettings): string {
  const { url, adminUrl, port, localCluster } = server;
  const lines = [`FAKECLOUD_PORT=${port}`, `AWS_ENDPOINT_URL=${url}`];
  if (adminUrl !== url) lines.push(`FAKECLOUD_ADMIN_URL=${adminUrl}`);
  if (localCluster !== undefined) {
    const { level, detail } = localCluster.isolation;
    lines.push(
      `KUBECONFIG=${localCluster.kubeconfigPath}`,
      `Embedded Kubernetes for development; isolation ${level}: ${detail}`,
    );
  }
  lines.push(
    `AWS Lambda and ElastiCache at ${url} (region ${settings.region}, account ${settings.accountId}). Try:`,
    `  export AWS_ENDPOINT_URL=${url} AWS_REGION=${settings.region} AWS_DEFAULT_REGION=${settings.region} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test`,
    "  aws elasticache create-cache-cluster --cache-cluster-id demo --engine redis --cache-node-type cache.t3.micro --num-cache-nodes 1",
    localCluster === undefined
      ? "  aws lambda list-functions"
      : `  kubectl --kubeconfig ${localCluster.kubeconfigPath} get pods,services,events`,
  );
  return lines.join("\n");
}
