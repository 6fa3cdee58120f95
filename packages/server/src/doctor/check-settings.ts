import { errorText, SettingsError, unknownSettings } from "@fc/core";
import { K8sEnv, type K8sEnvironment } from "@fc/k8s";
import { type BackendChoice, chooseBackend } from "../composition/choose-backend.ts";
import { requireEncryptedSelf } from "../composition/require-encrypted-self.ts";
import { type TlsPair, tlsReader } from "../http/read-tls.ts";
import { type AllSettings, readAllSettings, settingsTables } from "../read-all-settings.ts";
import type { DoctorLine } from "./doctor-line.ts";

export interface SettingsInput {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string>>;
}

export interface CheckedSettings {
  readonly lines: readonly DoctorLine[];
  /** Absent when they have problems. */
  readonly settings?: {
    readonly all: AllSettings;
    readonly kinds: ReadonlySet<BackendChoice["kind"]>;
    /** Of a cluster, when one is asked for. */
    readonly k8s: K8sEnvironment | undefined;
    readonly tls: TlsPair | undefined;
  };
}

/** Reads all settings as the server would. */
export async function checkSettings({ environment, flags }: SettingsInput): Promise<CheckedSettings> {
  const base = { code: "FC_DOCTOR_SETTINGS", subject: "settings" } as const;
  const unknown = unknownSettings(Object.values(settingsTables), environment).map(
    (message): DoctorLine => ({ ...base, state: "warning", message, fix: "correct the name, or remove it" }),
  );
  try {
    const all = readAllSettings({ environment, flags });
    const kinds = new Set([chooseBackend("lambda", all.server).kind, chooseBackend("elasticache", all.server).kind]);
    const k8s = kinds.has("k8s") ? K8sEnv.fromEnv(all.server.addr.port, environment) : undefined;
    if (k8s !== undefined) requireEncryptedSelf(all.server, k8s.selfUrl);
    const tls = await tlsReader(all.server)?.();
    const message = `the settings are understood; functions and caches run by: ${[...kinds].join(", ")}`;
    return { lines: [...unknown, { ...base, state: "ok", message }], settings: { all, kinds, k8s, tls } };
  } catch (error) {
    const fix = "fc-server --help says what each setting takes";
    const problems = error instanceof SettingsError ? error.problems : undefined;
    const texts = problems?.map(
      ({ setting, value, expected }) =>
        `${setting}${value === undefined ? " is not set" : `=${value}`}: expected ${expected}`,
    ) ?? [errorText(error)];
    return {
      lines: [...unknown, ...texts.map((message): DoctorLine => ({ ...base, state: "problem", message, fix }))],
    };
  }
}
