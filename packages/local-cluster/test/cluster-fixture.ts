import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { parse } from "yaml";
import { type LocalCluster, type LocalClusterOptions, startLocalCluster } from "../src/start-local-cluster.ts";

export interface ClusterClient {
  /** Rejects when the connection breaks before an answer has come. */
  call(method: string, path: string, body?: unknown): Promise<{ code: number; body: Record<string, never> }>;
  /** Events until the connection ends; throws when it breaks. */
  watch(path: string): AsyncGenerator<{ type: string; object: Record<string, never> }>;
  /** Resolves when the WebSocket is closed: what came on stdout, and the status if one came. */
  exec(pod: string, argv: readonly string[]): Promise<{ stdout: string; status: string | undefined }>;
}

export interface ClusterFixture extends ClusterClient, AsyncDisposable {
  readonly cluster: LocalCluster;
}

/** A whole local cluster and a client that knows only its kubeconfig. */
export async function startCluster(options: Partial<LocalClusterOptions> = {}): Promise<ClusterFixture> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "fc-cluster-"));
  const cluster = await startLocalCluster({ dataDirectory, ...options });
  const client = await connect(cluster.kubeconfigPath, "default");
  return {
    ...{ cluster, ...client },
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true });
    },
  };
}

/** A client of whatever cluster the kubeconfig names, with a token or a client certificate. */
export async function connect(kubeconfigPath: string, namespace: string): Promise<ClusterClient> {
  const config = parse(await readFile(kubeconfigPath, "utf8")) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
    users: [{ user: { token?: string; "client-certificate-data"?: string; "client-key-data"?: string } }];
  };
  const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
  const ca = Buffer.from(authority, "base64");
  const { token, "client-certificate-data": cert, "client-key-data": key } = config.users[0].user;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const decoded = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, "base64"));
  const tls = { ca, cert: decoded(cert), key: decoded(key) };
  // A connection per request: an outage must not be hidden by, or show as, one that was kept.
  const agent = new Agent(tls);
  const send = (method: string, path: string, body?: unknown): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body);
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const sized = { ...headers, "content-type": type, "content-length": Buffer.byteLength(text) };
      httpsRequest(`${server}${path}`, { agent, method, headers: sized }, resolve).once("error", reject).end(text);
    });
  return {
    call: async (method, path, body) => {
      const response = await send(method, path, body);
      const text = Buffer.concat(await response.toArray()).toString();
      const isJson = response.headers["content-type"]?.includes("json");
      return { code: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text };
    },
    watch: async function* (path) {
      let text = "";
      for await (const chunk of await send("GET", path)) {
        const lines = (text + chunk).split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line);
      }
    },
    exec: (pod, argv) =>
      new Promise((resolve, reject) => {
        const query = argv.map((word) => `command=${encodeURIComponent(word)}`).join("&");
        const url = `${server.replace("https", "wss")}/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}&stdout=1`;
        const socket = new WebSocket(url, "v5.channel.k8s.io", { ...tls, headers });
        const chunks: Buffer[] = [];
        let status: string | undefined;
        socket.on("message", (data: Buffer) => {
          if (data[0] === 1) chunks.push(data.subarray(1));
          if (data[0] === 3) status = data.subarray(1).toString();
        });
        socket.once("error", reject);
        socket.once("close", () => resolve({ stdout: Buffer.concat(chunks).toString(), status }));
      }),
  };
}

export const podsPath = "/api/v1/namespaces/default/pods";

export function podOf(name: string, container: object, spec: object = {}): object {
  const containers = [{ name: "main", image: "busybox", ...container }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers, ...spec } };
}
