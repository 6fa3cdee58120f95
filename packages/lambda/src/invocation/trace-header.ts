import { randomBytes } from "node:crypto";

/** `1-<8 digits: seconds since the epoch>-<24 digits>`, as X-Ray reads it. */
const rootForm = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;
/** Longer ones are not the caller's trace but somebody's mistake. */
const maxLength = 1_024;

/**
 * The trace header of an invocation. The caller's goes on as it is, with what is missing added: a parent, and that nothing is
 * sampled here. Without one that names a trace, a new trace begins, as on AWS.
 */
export function traceHeader(callers: string | undefined, now: number): string {
  const parts =
    callers === undefined || callers.length > maxLength ? [] : callers.split(";").map((part) => part.trim());
  const has = (name: string): boolean => parts.some((part) => part.startsWith(`${name}=`));
  const root = parts.find((part) => part.startsWith("Root="))?.slice("Root=".length);
  if (root === undefined || !rootForm.test(root)) return `Root=${newRoot(now)};Parent=${newParent()};Sampled=0`;
  return [
    ...parts.filter((part) => part !== ""),
    ...(has("Parent") ? [] : [`Parent=${newParent()}`]),
    ...(has("Sampled") ? [] : ["Sampled=0"]),
  ].join(";");
}

function newRoot(now: number): string {
  const seconds = Math.floor(now / 1_000).toString(16);
  return `1-${seconds.padStart(8, "0")}-${randomBytes(12).toString("hex")}`;
}

function newParent(): string {
  return randomBytes(8).toString("hex");
}
