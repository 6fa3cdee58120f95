import type { AccessLine } from "./access-report.ts";
import { answered, type CheckContext, readJson } from "./check-context.ts";

/** Minor versions of Kubernetes 1.x: the oldest that works, and the newest that the tests have run on. */
export const supportedMinors = { oldest: 29, tested: 34 } as const;

/** The server's minor version, and what that means. */
export async function checkVersion(context: CheckContext): Promise<{ minor: number | undefined; line: AccessLine }> {
  const base = { code: "FC_K8S_ACCESS_VERSION", subject: "version" } as const;
  const version = await readVersion(context);
  const minor = /^v?1\.(\d+)/.exec(version)?.[1];
  if (minor !== undefined) return { minor: Number(minor), line: { ...base, ...judgement(Number(minor), version) } };
  return {
    minor: undefined,
    line: { ...base, state: "warning", message: `the server's version is not known: ${version}` },
  };
}

/** The version, or why it is not told. */
async function readVersion(context: CheckContext): Promise<string> {
  try {
    return String(((await readJson(context, "/version")) as { gitVersion?: unknown }).gitVersion);
  } catch (error) {
    return answered(error).message;
  }
}

function judgement(minor: number, version: string): Pick<AccessLine, "state" | "message" | "fix"> {
  const { oldest, tested } = supportedMinors;
  if (minor < oldest)
    return {
      state: "problem",
      message: `the server runs Kubernetes ${version}, older than 1.${oldest}`,
      fix: `use a cluster of Kubernetes 1.${oldest} or newer`,
    };
  const message = `the server runs Kubernetes ${version}`;
  return minor > tested
    ? { state: "warning", message: `${message}, newer than what this version was tested on (1.${tested})` }
    : { state: "ok", message };
}
