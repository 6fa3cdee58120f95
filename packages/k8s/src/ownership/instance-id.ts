import { randomBytes } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** `fc-` and ten random base32 characters (50 bits): a process id is 1 in every container. */
export function newInstanceId(random: (size: number) => Uint8Array = randomBytes): string {
  return `fc-${[...random(10)].map((byte) => alphabet[byte % 32]).join("")}`;
}
