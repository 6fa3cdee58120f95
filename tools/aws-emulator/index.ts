// SQS, SNS, Kinesis, DynamoDB and EventBridge for tests: moto's server (PyPI: moto[server]), from .cache/clients or the machine's python3.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const installed = fileURLToPath(new URL("../../.cache/clients/bin/python3", import.meta.url));
const python = existsSync(installed) ? installed : "python3";

/** Serves on a port that the system chooses until standard input ends, that is, at the latest when the test process does. */
const script = `
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
`;

export interface AwsEmulator extends AsyncDisposable {
  readonly url: string;
  /** What every client of it may use. The account is always 123456789012. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: "us-east-1";
    readonly credentials: { readonly accessKeyId: "test"; readonly secretAccessKey: "test" };
  };
}

/** Whether the emulator is missing. Says so; with FC_REQUIRE_TOOLS=1 the tests run, and fail. */
export async function lacksAwsEmulator(): Promise<boolean> {
  if (process.env["FC_REQUIRE_TOOLS"] === "1") return false;
  try {
    await promisify(execFile)(python, ["-c", "import moto.server, flask"]);
    return false;
  } catch {
    console.warn(
      "skipped: moto is not installed (python3 -m venv .cache/clients && .cache/clients/bin/pip install 'moto[server]')",
    );
    return true;
  }
}

export async function startAwsEmulator(): Promise<AwsEmulator> {
  const child = spawn(python, ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const first = once(createInterface(child.stdout), "line") as Promise<[string]>;
  const [port] = await Promise.race([
    first,
    exited.then(([code]) => {
      throw new Error(`moto ended with ${String(code)} before it listened; is moto[server] installed in ${python}?`);
    }),
  ]);
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    url: endpoint,
    clientConfig: { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      // Long polls of clients that are gone would keep it for seconds.
      child.kill("SIGKILL");
      await exited;
    },
  };
}
