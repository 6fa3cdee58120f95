import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { createServer, type Server } from "../src/index.ts";

const backends = fileURLToPath(new URL("memory-backends.ts", import.meta.url));

/** A zip with an `index.js`. */
export const functionCode =
  "UEsDBBQAAAAAAAAAIVyDFtyMAQAAAAEAAAAIAAAAaW5kZXguanN4UEsBAhQDFAAAAAAAAAAhXIMW3IwBAAAAAQAAAAgAAAAAAAAAAAAAAIABAAAAAGluZGV4LmpzUEsFBgAAAAABAAEANgAAACcAAAAAAA==";

/** Answers of both protocols, and of the server's own routes. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A server without sockets, its functions and caches in memory, its storage as the environment says. */
export interface MemoryServer extends AsyncDisposable {
  readonly lambda: (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Answer>;
  readonly elasticache: (action: string, parameters?: Record<string, string>) => Promise<Answer>;
  /** Makes a function that returns its event, and waits until it can run. */
  readonly createFunction: (name: string, more?: object) => Promise<void>;
}

export async function startMemoryServer(environment: Record<string, string>): Promise<MemoryServer> {
  const server: Server = await createServer({
    environment: { FAKECLOUD_LAMBDA_BACKEND: backends, FAKECLOUD_ELASTICACHE_BACKEND: backends, ...environment },
    listen: false,
  });
  const answer = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await server.handle(new Request(server.url + path, init));
    return { status: response.status, text: await response.text() };
  };
  const lambda: MemoryServer["lambda"] = (method, path, body, headers = {}) =>
    answer(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return {
    lambda,
    elasticache: (action, parameters = {}) => {
      const body = new URLSearchParams({ Action: action, Version: "2015-02-02", ...parameters });
      return answer("/", { method: "POST", body });
    },
    createFunction: async (name, more = {}) => {
      const config = { Runtime: "nodejs22.x", Handler: "index.handler", Role: "arn:aws:iam::123456789012:role/r" };
      const create = { FunctionName: name, ...config, Code: { ZipFile: functionCode }, ...more };
      expect(await lambda("POST", functionsPath, create)).toMatchObject({ status: 201 });
      await expect
        .poll(async () => (await lambda("GET", `${functionsPath}/${name}`)).text)
        .toContain('"State":"Active"');
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export const functionsPath = "/2015-03-31/functions";
