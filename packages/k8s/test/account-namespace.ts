import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";

const run = promisify(execFile);

/** A namespace of its own on the real cluster, with a service account `server` that may nothing yet. */
export class AccountNamespace implements AsyncDisposable {
  readonly name: string;
  /** Kubeconfig of the service account. */
  readonly kubeconfig: string;
  readonly #admin: string;
  readonly #directory: string;

  private constructor(name: string, admin: string, directory: string) {
    this.name = name;
    this.#admin = admin;
    this.#directory = directory;
    this.kubeconfig = join(directory, "kubeconfig");
  }

  static async create(name: string): Promise<AccountNamespace> {
    const admin = process.env["KUBECONFIG"] ?? "";
    const created = new AccountNamespace(name, admin, await mkdtemp(join(tmpdir(), "fc-account-")));
    await created.kubectl("create", "namespace", name);
    await created.kubectl("create", "serviceaccount", "server");
    const token = await created.kubectl("create", "token", "server");
    const config = new KubeConfig();
    config.loadFromFile(admin);
    config.loadFromOptions({
      clusters: config.clusters,
      users: [{ name: "server", token }],
      contexts: [{ name: "c", cluster: config.getCurrentCluster()?.name ?? "", user: "server", namespace: name }],
      currentContext: "c",
    });
    await writeFile(created.kubeconfig, config.exportConfig(), { mode: 0o600 });
    return created;
  }

  /** Runs kubectl as the cluster's admin in this namespace. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return (await run("kubectl", ["--kubeconfig", this.#admin, "-n", this.name, ...args])).stdout.trim();
  }

  /** Applies a manifest as admin. */
  async apply(manifest: string): Promise<void> {
    const file = join(this.#directory, "manifest.yaml");
    await writeFile(file, manifest);
    await this.kubectl("apply", "-f", file);
  }

  /** Gives the account a Role by this manifest, named `fakecloud`. */
  async grant(roleManifest: string): Promise<void> {
    await this.apply(roleManifest);
    await this.kubectl("create", "rolebinding", "server", "--role=fakecloud", `--serviceaccount=${this.name}:server`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kubectl("delete", "namespace", this.name, "--wait=false");
    await rm(this.#directory, { recursive: true });
  }
}
