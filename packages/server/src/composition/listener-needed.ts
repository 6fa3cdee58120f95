import { FcError } from "@fc/core";

/** The error of a server that was made not to listen and cannot do `what` so. */
export function listenerNeeded(what: string): FcError {
  return new FcError(
    "FC_SERVER_LISTENER_NEEDED",
    `A server that does not listen cannot ${what}. Leave \`listen\` away, or do without`,
    { fault: "user" },
  );
}
