import { type SettingsTable, settingsMarkdown } from "@fc/core";
import { k8sClientSettings, k8sSettings, podConfigSettings, requiredPermissions, roleYaml } from "@fc/k8s";

/** Parts of the documents that come from the tables of `@fc/k8s`. */
export const k8sBlocks: Readonly<Record<string, () => string>> = {
  "k8s-role": () => `\`\`\`yaml\n${roleYaml()}\`\`\``,
  "k8s-permissions": permissionsTable,
  "k8s-settings": () =>
    settingsMarkdown({ ...k8sSettings, ...k8sClientSettings, ...podConfigSettings("FAKECLOUD_K8S") } as SettingsTable<
      Record<string, unknown>
    >),
};

function permissionsTable(): string {
  const rows = requiredPermissions.map(({ apiGroup, resource, verbs, purpose, lost, sinceMinor, outsideOnly }) => {
    const name = apiGroup === "" ? resource : `${resource}.${apiGroup}`;
    const needed = [
      lost === undefined ? "yes" : `no: without it ${lost}`,
      ...(outsideOnly === true ? ["outside the cluster only"] : []),
      ...(sinceMinor === undefined ? [] : [`from Kubernetes 1.${sinceMinor} on`]),
    ];
    return `| \`${name}\` | ${verbs.join(", ")} | ${purpose} | ${needed.join(", ")} |`;
  });
  return ["| resource | verbs | to | needed |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
