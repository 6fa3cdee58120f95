import type { Causes } from "../../objects/causes.ts";

export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

/** One level with the version that was asked for. Every version is checked as the newest. */
export interface LevelVersion {
  readonly level: PodSecurityLevel;
  /** "latest" or "v1.N". */
  readonly version: string;
}

/** What the labels of a namespace ask of its Pods. */
export interface PodPolicy {
  readonly enforce: LevelVersion;
  readonly warn: LevelVersion;
}

const levels: readonly PodSecurityLevel[] = ["privileged", "baseline", "restricted"];
const prefix = "pod-security.kubernetes.io/";

/** The policy of a namespace's labels; a label that is not understood counts as restricted for enforce, as absent for warn. */
export function podPolicy(labels: Readonly<Record<string, string>>): PodPolicy {
  const level = (mode: string): PodSecurityLevel | undefined => levels.find((name) => name === labels[prefix + mode]);
  const version = (mode: string): string => {
    const given = labels[`${prefix + mode}-version`] ?? "latest";
    return isVersion(given) ? given : "latest";
  };
  const given = labels[`${prefix}enforce`];
  const enforce = {
    level: level("enforce") ?? (given === undefined ? "privileged" : "restricted"),
    version: version("enforce"),
  };
  const warns = labels[`${prefix}warn`] !== undefined;
  // Whoever only enforces a level is also warned by it; of what was enforced no warning is left to give.
  if (!warns && level("enforce") !== undefined) return { enforce, warn: enforce };
  return { enforce, warn: { level: level("warn") ?? "privileged", version: version("warn") } };
}

/** Says which of the labels have no meaning. */
export function validatePodPolicy(causes: Causes, labels: Readonly<Record<string, string>>): void {
  for (const mode of ["enforce", "audit", "warn"]) {
    const level = labels[prefix + mode];
    const version = labels[`${prefix + mode}-version`];
    const known = levels.some((name) => name === level);
    if (level !== undefined && !known)
      causes.invalid(`metadata.labels[${prefix}${mode}]`, level, `must be one of ${levels.join(", ")}`);
    if (version !== undefined && !isVersion(version))
      causes.invalid(`metadata.labels[${prefix}${mode}-version]`, version, 'must be "latest" or "v1.x"');
  }
}

/** Whether `a` asks for more than `b`. */
export function isStricter(a: PodSecurityLevel, b: PodSecurityLevel): boolean {
  return levels.indexOf(a) > levels.indexOf(b);
}

function isVersion(text: string): boolean {
  return text === "latest" || /^v1\.(0|[1-9]\d*)$/.test(text);
}
