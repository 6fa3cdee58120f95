import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse, stringify } from "yaml";
import type { Kubectl } from "../kubectl.ts";
import type { Check, World } from "./world.ts";

/** A ServiceAccount, and a kubectl that authenticates as it. */
async function account({ kubectl, directory }: World, name: string): Promise<Kubectl> {
  await kubectl.ok(["create", "serviceaccount", name]);
  const token = (await kubectl.ok(["create", "token", name])).trim();
  const config = parse(await readFile(join(directory, "kubeconfig"), "utf8")) as { users: { user: unknown }[] };
  for (const entry of config.users) entry.user = { token };
  const path = join(directory, `kubeconfig-${name}`);
  await writeFile(path, stringify(config), { mode: 0o600 });
  return kubectl.withKubeconfig(path);
}

/** Checks of ServiceAccounts and of the roles that are bound to them. */
export const access: readonly Check[] = [
  {
    title: "a ServiceAccount without a role may do nothing but ask who it is",
    run: async (world) => {
      const stranger = await account(world, "stranger");
      const user = `system:serviceaccount:${world.namespace}:stranger`;
      expect(await stranger.ok(["auth", "whoami"])).toContain(user);
      expect(await stranger.refused(["get", "pods"])).toBe(
        `Error from server (Forbidden): pods is forbidden: User "${user}" cannot list resource "pods" in API group "" in the namespace "${world.namespace}"\n`,
      );
      expect(await stranger.refused(["get", "pods", "-A"])).toContain(
        `pods is forbidden: User "${user}" cannot list resource "pods" in API group "" at the cluster scope`,
      );
      expect(await stranger.run(["auth", "can-i", "list", "pods"])).toMatchObject({ code: 1, stdout: "no\n" });
    },
  },
  {
    title: "a Role allows what it lists, in its namespace",
    run: async (world) => {
      const { kubectl, namespace } = world;
      const reader = await account(world, "reader");
      await kubectl.ok(["create", "role", "reader", "--verb=get,list,watch", "--resource=pods"]);
      const subject = `--serviceaccount=${namespace}:reader`;
      await kubectl.ok(["create", "rolebinding", "reader", "--role=reader", subject]);
      expect(await reader.ok(["get", "pod", "web", "-o", "name"])).toBe("pod/web\n");
      expect(await reader.ok(["auth", "can-i", "watch", "pods"])).toBe("yes\n");
      expect(await reader.ok(["auth", "can-i", "--list"])).toMatch(/^pods +\[\] +\[\] +\[get list watch\]$/m);
      const user = `User "system:serviceaccount:${namespace}:reader"`;
      const where = `in API group "" in the namespace "${namespace}"`;
      expect(await reader.refused(["delete", "pod", "web"])).toContain(
        `pods "web" is forbidden: ${user} cannot delete resource "pods" ${where}`,
      );
      expect(await reader.refused(["logs", "web"])).toContain(
        `pods "web" is forbidden: ${user} cannot get resource "pods/log" ${where}`,
      );
      expect(await reader.refused(["exec", "web", "--", "true"])).toMatch(/cannot (get|create) resource "pods\/exec"/);
      expect(await reader.refused(["get", "pods", "-n", "default"])).toContain('in the namespace "default"');
      await kubectl.ok(["delete", "rolebinding", "reader"]);
      await kubectl.ok(["wait", "--for=delete", "rolebinding/reader"]);
    },
  },
  {
    title: "a Role can be of one object, and of a subresource",
    run: async (world) => {
      const { kubectl, namespace } = world;
      const narrow = await account(world, "narrow");
      await kubectl.ok(["create", "role", "narrow", "--verb=get", "--resource=pods,pods/log", "--resource-name=web"]);
      await kubectl.ok(["create", "rolebinding", "narrow", "--role=narrow", `--serviceaccount=${namespace}:narrow`]);
      expect(await narrow.ok(["logs", "web", "--tail=1"])).toBe("second\n");
      expect(await narrow.refused(["get", "pod", "other"])).toContain('pods "other" is forbidden');
      expect(await narrow.refused(["get", "pods"])).toContain("cannot list resource");
    },
  },
  {
    title: "the role view can be bound in a namespace, and shows no secrets",
    run: async (world) => {
      const { kubectl, namespace } = world;
      const viewer = await account(world, "viewer");
      const subject = `--serviceaccount=${namespace}:viewer`;
      await kubectl.ok(["create", "rolebinding", "viewer", "--clusterrole=view", subject]);
      expect(await viewer.ok(["get", "pod", "web", "-o", "name"])).toBe("pod/web\n");
      expect(await viewer.refused(["get", "secrets"])).toContain("secrets is forbidden");
      expect(await viewer.refused(["create", "configmap", "x"])).toContain("cannot create resource");
      expect(await kubectl.ok(["get", "rolebinding", "viewer", "-o", "wide"])).toMatch(
        new RegExp(`^viewer +ClusterRole/view +\\d+s +${namespace}/viewer$`, "m"),
      );
    },
  },
  {
    title: "the administrator can ask for others and act as them",
    run: async ({ kubectl, namespace }) => {
      const user = `--as=system:serviceaccount:${namespace}:default`;
      expect(await kubectl.run(["auth", "can-i", "get", "pods", user])).toMatchObject({ code: 1, stdout: "no\n" });
      expect(await kubectl.refused(["get", "pods", user])).toContain("cannot list resource");
    },
  },
  {
    title: "a token lives for ten minutes at least, and ends with its account",
    run: async (world) => {
      const { kubectl } = world;
      const leaving = await account(world, "leaving");
      expect(await kubectl.refused(["create", "token", "leaving", "--duration=1m"])).toContain(
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      );
      await kubectl.ok(["delete", "serviceaccount", "leaving"]);
      expect(await leaving.refused(["auth", "can-i", "get", "pods"])).toContain("must be logged in to the server");
    },
  },
];
