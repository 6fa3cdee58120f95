import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@fc/core";
import { parse } from "yaml";
import { type ApiServer, startApiServer } from "../src/api/api-server.ts";
import { storedResources } from "../src/api/resources.ts";
import { startControllers } from "../src/controllers/controllers.ts";
import { createObjectStore, type ObjectStore } from "../src/store/object-store.ts";
import { createFakeAgent } from "./fake-agent.ts";

export interface Answer {
  readonly code: number;
  readonly headers: Record<string, string | string[] | undefined>;
  // Answers are JSON of any shape; tests look into them.
  readonly body: Record<string, unknown>;
}

export interface ApiHarness extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly api: ApiServer;
  readonly token: string;
  readonly authority: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The parsed lines of a watch, one at a time. */
  watch(path: string, headers?: Record<string, string>): AsyncGenerator<{ type: string; object: Answer["body"] }>;
}

/** The API over real HTTPS with a scripted agent. */
export async function startApi(ports: ReadonlyMap<number, number> = new Map()): Promise<ApiHarness> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "fc-api-"));
  const common = { logger: silentLogger, clock: systemClock };
  const store = createObjectStore({ resources: storedResources, clock: systemClock });
  const controllers = startControllers({ store, ...common, serviceRange: { from: 0, width: 256 } });
  const nextServiceAddress = (): string => controllers.nextServiceAddress();
  const api = await startApiServer({
    store,
    agent: createFakeAgent(ports),
    dataDirectory,
    port: 0,
    nextServiceAddress,
    ...common,
  });
  const config = parse(await readFile(api.kubeconfigPath, "utf8")) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: { token: string } }[];
  };
  const token = config.users[0]!.user.token;
  const authority = Buffer.from(config.clusters[0]!.cluster["certificate-authority-data"]!, "base64").toString();
  const agent = new Agent({ ca: authority, keepAlive: true });
  const options = (method: string, headers: Record<string, string>) => ({
    // The certificate names the server, whatever Host a test sends.
    ...{ agent, method, servername: "localhost" },
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
  });
  return {
    ...{ store, api, token, authority },
    call: (method, path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const isRaw = body === undefined || typeof body === "string";
        const payload = isRaw ? (body ?? "") : JSON.stringify(body);
        // Without a length Node would send the body of a DELETE as if there was none.
        const sized = { "content-length": String(Buffer.byteLength(payload)), ...headers };
        const request = httpsRequest(`${api.url}${path}`, options(method, sized), async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
          const text = Buffer.concat(chunks).toString();
          const isJson = (response.headers["content-type"] ?? "").includes("json");
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            body: isJson ? JSON.parse(text) : text,
          });
        });
        request.once("error", reject);
        request.end(payload);
      }),
    watch: async function* (path, headers = {}) {
      const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
        httpsRequest(`${api.url}${path}`, options("GET", headers), resolve).once("error", reject).end();
      });
      let text = "";
      for await (const chunk of response) {
        text += chunk.toString();
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line);
      }
    },
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      await api[Symbol.asyncDispose]();
      await controllers[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true });
    },
  };
}

export function podBody(name: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  const spec = { containers: [{ name: "main", image: "busybox" }] };
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec, ...extra };
}
