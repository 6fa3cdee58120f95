import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

export interface KubectlResult {
  readonly code: number;
  /** Byte for byte (latin1). */
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Path of the program. Default: the one of the PATH. */
  readonly program?: string | undefined;
  readonly kubeconfig: string;
  /** Holds its cache. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A kubectl of its own: this kubeconfig, a private cache. */
export class Kubectl {
  readonly #program: string;
  readonly #environment: Record<string, string | undefined>;

  constructor({ program = "kubectl", kubeconfig, home, env = {} }: KubectlOptions) {
    this.#program = program;
    this.#environment = { PATH: process.env["PATH"], KUBECONFIG: kubeconfig, HOME: home, ...env };
  }

  /** The same kubectl as another user. */
  withKubeconfig(kubeconfig: string): Kubectl {
    const { HOME: home = "" } = this.#environment;
    return new Kubectl({ program: this.#program, kubeconfig, home });
  }

  /** Runs to the end. */
  run(args: readonly string[], input: string | Buffer = ""): Promise<KubectlResult> {
    const child = this.start(args);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
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
  async ok(args: readonly string[], input: string | Buffer = ""): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** What it says when it fails. @throws Error when it does not */
  async refused(args: readonly string[], input: string | Buffer = ""): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code === 0) throw new Error(`kubectl ${args.join(" ")} should have failed: ${stdout}`);
    return stderr;
  }

  /** The time limit only ends a kubectl that hangs. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn(this.#program, args, { env: this.#environment, stdio: ["pipe", "pipe", "pipe"], timeout: 50_000 });
  }
}
