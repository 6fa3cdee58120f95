import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Why the kubectl tests cannot run; undefined when they can. @throws Error when the tool is required */
export function kubectlMissing(): string | undefined {
  const found = spawnSync("kubectl", ["version", "--client"], { encoding: "utf8" });
  if (found.status === 0) return undefined;
  const reason = "kubectl is not installed: https://kubernetes.io/docs/tasks/tools";
  if (process.env["FC_REQUIRE_TOOLS"] === "1") throw new Error(reason);
  process.stderr.write(`skipped: ${reason}\n`);
  return reason;
}

/** A kubectl of its own: this kubeconfig, a private cache. */
export class Kubectl {
  readonly #environment: Record<string, string | undefined>;

  constructor(kubeconfig: string, home: string) {
    this.#environment = { PATH: process.env["PATH"], KUBECONFIG: kubeconfig, HOME: home };
  }

  /** Runs to the end. The time limit only ends a kubectl that hangs. */
  run(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    const child = this.start(args, options.env);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    return new Promise((resolve) => {
      child.once("close", (code) =>
        resolve({
          code: code ?? -1,
          stdout: Buffer.concat(stdout).toString("latin1"),
          stderr: Buffer.concat(stderr).toString(),
        }),
      );
    });
  }

  /** As `run`, but a failure is an error with everything that kubectl said. */
  async ok(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcessWithoutNullStreams {
    return spawnPiped(args, { ...this.#environment, ...env });
  }
}

function spawnPiped(args: readonly string[], env: Record<string, string | undefined>): ChildProcessWithoutNullStreams {
  return spawn("kubectl", args, { env, stdio: ["pipe", "pipe", "pipe"], timeout: 50_000 });
}
