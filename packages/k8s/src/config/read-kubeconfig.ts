import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { errorText } from "@fc/core";
import { type Kubeconfig, type KubeconfigExec, mergeKubeconfigs } from "./kubeconfig.ts";

/** YAML or JSON to a value. */
export type ParseYaml = (text: string) => unknown;

/** Reads and merges files. As with kubectl, those of several that do not exist are left out. */
export async function readKubeconfigFiles(files: readonly string[], parse: ParseYaml): Promise<Kubeconfig> {
  const found: Kubeconfig[] = [];
  const missing: string[] = [];
  for (const file of files) {
    try {
      found.push(withAbsolutePaths(parseKubeconfig(await readFile(file, "utf8"), parse), dirname(file)));
    } catch (error) {
      const text = `kubeconfig ${file} cannot be read: ${errorText(error)}`;
      if (files.length === 1 || (error as NodeJS.ErrnoException).code !== "ENOENT")
        throw new Error(text, { cause: undefined });
      missing.push(text);
    }
  }
  if (found.length === 0) throw new Error(missing.join("; "));
  return mergeKubeconfigs(found);
}

/** @throws Error when the text is no kubeconfig */
export function parseKubeconfig(text: string, parse: ParseYaml): Kubeconfig {
  return checkKubeconfig(parse(text));
}

/** @throws Error that names the member which is not as it should be */
export function checkKubeconfig(value: unknown): Kubeconfig {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("it is no kubeconfig");
  for (const [list, member] of Object.entries({ clusters: "cluster", users: "user", contexts: "context" })) {
    const entries: unknown = Reflect.get(value, list) ?? [];
    if (!Array.isArray(entries)) throw new Error(`its ${list} are no list`);
    for (const [index, entry] of entries.entries())
      if (typeof entry?.name !== "string" || (member !== "user" && typeof entry[member] !== "object"))
        throw new Error(`its ${list}[${index}] has no name or no ${member}`);
  }
  return value;
}

/** Paths in a kubeconfig are relative to its folder. */
function withAbsolutePaths(config: Kubeconfig, folder: string): Kubeconfig {
  const absolute = <T extends object>(value: T, ...members: readonly string[]): T => ({
    ...value,
    ...Object.fromEntries(
      members.flatMap((member) => {
        const path: unknown = Reflect.get(value, member);
        return typeof path === "string" && path !== "" ? [[member, resolve(folder, path)]] : [];
      }),
    ),
  });
  return {
    ...config,
    clusters: (config.clusters ?? []).map(({ name, cluster }) => ({
      name,
      cluster: absolute(cluster, "certificate-authority"),
    })),
    users: (config.users ?? []).map(({ name, user }) => {
      const paths = absolute(user ?? {}, "client-certificate", "client-key", "tokenFile");
      return { name, user: user?.exec == null ? paths : { ...paths, exec: withAbsoluteCommand(user.exec, folder) } };
    }),
  };
}

/** A command with a folder in it is relative to the kubeconfig too; a bare name is looked up in PATH. */
function withAbsoluteCommand(exec: KubeconfigExec, folder: string): KubeconfigExec {
  const { command } = exec;
  return /[/\\]/.test(command) && !isAbsolute(command) ? { ...exec, command: resolve(folder, command) } : exec;
}
