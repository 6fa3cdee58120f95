import { createHash } from "node:crypto";
import { type CacheNodeSpec, type CacheUser, restrictedCommands } from "@fc/elasticache/backend";
import { adminUser } from "./admin-user.ts";
import type { InstallationAccess } from "./installation-secrets.ts";

/** A user of the engine and its ACL rules, complete: what is not said is not allowed. */
export interface AclUser {
  readonly name: string;
  readonly rules: readonly string[];
}

const everybody: CacheUser = { name: "default", rules: "on ~* &* +@all", passwordHashes: [], open: true };
const restrictions: readonly string[] = restrictedCommands.map((command) => `-${command}`);

/** The users that an engine must have: our own first, then what the specification says, `default` always among them. */
export function aclUsers(
  spec: CacheNodeSpec,
  access: Pick<InstallationAccess, "adminPassword" | "iamPassword">,
): AclUser[] {
  const users = (spec.access?.users ?? [everybody]).map((user) =>
    user.iam === true ? { ...user, passwordHashes: [hashOf(access.iamPassword(spec.nodeKey))] } : user,
  );
  // An engine makes a `default` that anybody can be when nobody says what it is.
  const nobody = users.some(({ name }) => name === "default") ? [] : [{ name: "default", rules: ["off"] }];
  return [
    { name: adminUser, rules: ["on", `#${hashOf(access.adminPassword(spec))}`, "~*", "&*", "+@all"] },
    ...users.filter(({ name }) => name !== adminUser).map((user) => customer(user, spec.parameters)),
    ...nobody,
  ];
}

/** The file that an engine reads its users from at its start. */
export function aclFile(users: readonly AclUser[]): string {
  return users.map(({ name, rules }) => `user ${name} ${rules.join(" ")}\n`).join("");
}

function hashOf(password: string): string {
  return createHash("sha256").update(password).digest("hex");
}

function customer(user: CacheUser, parameters: CacheNodeSpec["parameters"]): AclUser {
  const channels = parameters["acl-pubsub-default"] === "resetchannels" ? "resetchannels" : "allchannels";
  const passwords = user.open ? ["nopass"] : user.passwordHashes.map((hash) => `#${hash}`);
  // A selector grants by itself, so it needs the restrictions, too.
  const rules = user.rules.replaceAll(")", ` ${restrictions.join(" ")})`);
  return { name: user.name, rules: [...passwords, channels, ...splitSelectors(rules), ...restrictions] };
}

/** ACL SETUSER takes a selector as one argument. */
function splitSelectors(rules: string): string[] {
  return rules.match(/\([^)]*\)|\S+/g) ?? [];
}
