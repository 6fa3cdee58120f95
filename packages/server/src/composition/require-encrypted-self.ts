import { type SettingProblem, SettingsError } from "@fc/core";
import type { ServerSettings } from "../settings.ts";

/** What Pods dial is in clear, and what functions call is not. @throws SettingsError `FC_CONFIG_INVALID` */
export function requireEncryptedSelf(
  { tlsCert, internalAddr }: Pick<ServerSettings, "tlsCert" | "internalAddr">,
  selfUrl: string,
): void {
  if (tlsCert === undefined) return;
  const problems: SettingProblem[] = [];
  if (!selfUrl.startsWith("https:")) {
    const expected =
      "an https URL, because FAKECLOUD_TLS_CERT is set; functions trust it by FAKECLOUD_LAMBDA_K8S_CA_CONFIG_MAP";
    problems.push({ setting: "FAKECLOUD_K8S_SELF_URL", value: selfUrl, expected });
  }
  if (internalAddr === undefined) {
    const expected =
      "host:port of a listener for Pods, because FAKECLOUD_TLS_CERT is set: runtimes and caches dial in clear";
    problems.push({ setting: "FAKECLOUD_INTERNAL_ADDR", value: undefined, expected });
  }
  if (problems.length > 0) throw new SettingsError(problems);
}
