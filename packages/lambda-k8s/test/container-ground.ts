import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CodePackage, FunctionSpec } from "@fc/lambda/backend";
import type { RuntimeSession } from "@fc/lambda/runtime-api";
import { buildPodSpec, completeSettings, readGateSources } from "../src/index.ts";
import { type RuntimeListener, startRuntimeListener } from "./runtime-listener.ts";

const assets = fileURLToPath(new URL("../../local-cluster/assets/lambda/", import.meta.url));

export interface StartOptions {
  /** Where the container finds the listener, when something stands between. */
  readonly gatePort?: number;
  /** Default: the embedded cluster's. */
  readonly runtimeFolder?: string;
  /** Done while the container waits for its function, as those of the pool do. Default: it is made for the function. */
  readonly whileWaiting?: () => Promise<void>;
}

/** A place for one container. */
export interface ContainerGround extends AsyncDisposable {
  readonly folder: string;
  /** Of the listener that the container dials. */
  readonly port: number;
  readonly start: (
    spec: FunctionSpec,
    code: CodePackage,
    options?: StartOptions,
  ) => { readonly session: RuntimeSession; readonly child: ChildProcess };
  /** What the container has written. */
  readonly output: () => string;
}

/** The embedded cluster's client for this kind of runtime. */
export function runtimeFolder(kind: string): string {
  return join(assets, kind);
}

/**
 * What a Pod would run, as a process of this machine: what /etc/hosts and mounts do there is done by variables here.
 * @param programs texts of programs that stand in for the image's own of that name
 */
export async function containerGround(programs: Readonly<Record<string, string>> = {}): Promise<ContainerGround> {
  const folder = await mkdtemp(join(tmpdir(), "fc-gates-"));
  for (const name of ["task", "opt", "tmp", "bin"]) await mkdir(join(folder, name));
  for (const [name, text] of Object.entries(programs))
    await writeFile(join(folder, "bin", name), text, { mode: 0o755 });
  const listener: RuntimeListener = await startRuntimeListener("127.0.0.1");
  let session: RuntimeSession | undefined;
  let child: ChildProcess | undefined;
  let output = "";
  const alias = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const onward = request(
      { port: listener.port, method, path: url, headers: { ...headers, host: session?.hostName } },
      (answer) => {
        const { connection: _, ...kept } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 500, kept);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  alias.listen(0, "127.0.0.1");
  await once(alias, "listening");

  const start: ContainerGround["start"] = (spec, code, options = {}) => {
    const { gatePort = listener.port, whileWaiting } = options;
    const own = { spec, code, initTimeoutMs: 20_000, awsEndpointUrl: "http://aws.test" };
    const opened = listener.runtimeApi.open(whileWaiting === undefined ? own : undefined);
    if (whileWaiting !== undefined) void opened.atGate.then(whileWaiting).then(() => opened.assign(own));
    const pod = buildPodSpec(spec, spec.deployId, {
      environmentId: opened.id,
      hostName: opened.hostName,
      runtimeApi: { ip: "127.0.0.1", port: gatePort },
      hasLayers: true,
      gates: readGateSources(),
      settings: completeSettings(),
    });
    const [container] = pod.spec?.containers ?? [];
    const [file = "", ...argv] = container?.command ?? [];
    const kind = /^[a-z]+/.exec(spec.runtime)?.[0];
    const env = {
      ...Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? opened.token])),
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(alias.address() as AddressInfo).port}`,
      FC_TASK: join(folder, "task"),
      FC_OPT: join(folder, "opt"),
      FC_TMP: join(folder, "tmp"),
      LAMBDA_TASK_ROOT: join(folder, "task"),
      LAMBDA_RUNTIME_DIR: options.runtimeFolder ?? runtimeFolder(kind === "nodejs" ? "node" : (kind ?? "")),
      LAMBDA_PROGRAM: kind === "python" ? "python3" : process.execPath,
      FC_TEST_LAYER: join(folder, "opt/layer.txt"),
      FC_CONTAINER: `${folder}/`,
    };
    const started = spawn(file, [...argv.slice(0, -1), join(assets, "lambda-entrypoint.sh")], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [started.stdout, started.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    [session, child] = [opened, started];
    return { session: opened, child: started };
  };

  return {
    folder,
    port: listener.port,
    start,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      session?.close();
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await listener[Symbol.asyncDispose]();
      alias.closeAllConnections();
      alias.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
