import { invalidCombination, invalidValue } from "../errors.ts";
import type { AccessSettings } from "../state/records.ts";
import { passwordHash } from "../users/passwords.ts";

/** The hash of an AUTH token. @throws AwsError `InvalidParameterValue`, without the token. Source of the rule: AWS, "AUTH overview". */
export function authTokenHash(token: string): string {
  if (!/^[A-Za-z0-9!&#$^<>-]{16,128}$/.test(token))
    throw invalidValue(
      "Invalid AuthToken provided. It must have 16 to 128 characters: letters, digits and any of ! & # $ ^ < > -",
    );
  return passwordHash(token);
}

/**
 * The settings after an update of the AUTH token. ROTATE, the default, adds a token: it and the newest one before it are valid. SET ends a
 * rotation: only that token is valid. Source: `AuthTokenUpdateStrategy` of the API.
 * @throws AwsError `InvalidParameterCombination` for a SET without a rotation.
 */
export function updatedToken(
  settings: AccessSettings,
  update: { readonly token: string; readonly strategy: string | undefined; readonly nowMs: number },
): AccessSettings {
  const hash = authTokenHash(update.token);
  const before = settings.authTokens ?? [];
  const { authTokenOptional: _ended, ...kept } = settings;
  const changed = { ...kept, authTokenModifiedAtMs: update.nowMs };
  if (update.strategy === "SET") {
    // What comes from user groups has no token to rotate from.
    const rotating = before.length > 1 || settings.authTokenOptional === true || settings.userGroupIds !== undefined;
    if (!rotating && !before.includes(hash))
      throw invalidCombination(
        "AuthTokenUpdateStrategy SET is allowed only after ROTATE. Rotate to the new token first.",
      );
    return { ...changed, authTokens: [hash] };
  }
  if (before.length === 0) return { ...changed, authTokens: [hash], authTokenOptional: true };
  const newest = before.at(-1) ?? hash;
  return { ...changed, authTokens: newest === hash ? before : [newest, hash] };
}
