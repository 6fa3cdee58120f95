import { createHash } from "node:crypto";
import { invalidCombination, invalidValue } from "../errors.ts";
import type { UserRecord } from "../state/records.ts";

/** What CreateUser and ModifyUser say about authentication. */
export interface AuthenticationRequest {
  readonly Passwords?: readonly string[] | undefined;
  readonly NoPasswordRequired?: boolean | undefined;
  readonly AuthenticationMode?:
    | { readonly Type?: string | undefined; readonly Passwords?: readonly string[] | undefined }
    | undefined;
}

/** How a user proves who it is, as it is stored: a password is only ever its hash. */
export type UserAuthentication = Pick<UserRecord, "authentication" | "passwordHashes">;

/** AWS's limit per user. */
const maxPasswords = 2;

/**
 * The authentication that a request asks for, or undefined when it says nothing about it.
 * @throws AwsError `InvalidParameterCombination` for contradictions, `InvalidParameterValue` for bad passwords. No message has one.
 */
export function requestedAuthentication(request: AuthenticationRequest): UserAuthentication | undefined {
  const { AuthenticationMode: mode, NoPasswordRequired: none } = request;
  const direct = request.Passwords ?? [];
  if (mode === undefined) {
    if (none === true && direct.length > 0)
      throw invalidCombination("Passwords cannot be used together with NoPasswordRequired.");
    if (none === true) return { authentication: "no-password", passwordHashes: [] };
    return direct.length === 0 ? undefined : withPasswords(direct);
  }
  if (direct.length > 0 || none !== undefined)
    throw invalidCombination("AuthenticationMode cannot be used together with Passwords or NoPasswordRequired.");
  const passwords = mode.Passwords ?? [];
  if (mode.Type === "password") return withPasswords(passwords);
  if (passwords.length > 0)
    throw invalidCombination(`Passwords cannot be used with the authentication type ${mode.Type}.`);
  if (mode.Type === "iam") return { authentication: "iam", passwordHashes: [] };
  if (mode.Type === "no-password-required") return { authentication: "no-password", passwordHashes: [] };
  throw invalidValue("AuthenticationMode needs a Type: password, no-password-required or iam.");
}

function withPasswords(passwords: readonly string[]): UserAuthentication {
  if (passwords.length === 0 || passwords.length > maxPasswords)
    throw invalidValue(`A user has one or two passwords, not ${passwords.length}.`);
  for (const password of passwords)
    if (!/^[\x21-\x7e]{16,128}$/.test(password))
      throw invalidValue("A password must have 16 to 128 printable characters without blanks.");
  return { authentication: "password", passwordHashes: [...new Set(passwords.map(passwordHash))] };
}

/** SHA-256 in lower-case hexadecimal: what the engines take as `#<hash>`. */
export function passwordHash(password: string): string {
  return createHash("sha256").update(password, "utf8").digest("hex");
}
