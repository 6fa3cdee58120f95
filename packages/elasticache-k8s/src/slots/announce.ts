import { FcError } from "@fc/core";
import { encryptLinks } from "../access/encrypted-links.ts";
import type { EnginePod } from "../group/replication.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { findNode, specOf } from "../node/find-node.ts";
import { endpointOf } from "../node/service-route.ts";
import type { RespConnection } from "../resp/resp-connection.ts";
import { linksEncrypted } from "./links-encrypted.ts";

/**
 * What clients of a cluster are told of a node: its Service's address, which stays. Engines take IPv4 addresses for host names, but none with
 * colons.
 */
export async function announcedAddress(context: CacheContext, nodeKey: string): Promise<string> {
  const { service } = await findNode(context, nodeKey);
  if (service === undefined) throw new FcError("FC_CACHE_NO_SERVICE", `Node ${nodeKey} has no Service`);
  const address = endpointOf(context, service);
  return address.includes(":") ? endpointOf({ ...context, endpoints: "dns" }, service) : address;
}

/**
 * Has the engine talk to other nodes as they do, and say its addresses: to clients its Service's, to other nodes its Pod's, which it cannot know by
 * itself where connections leave by another one.
 */
export async function announce(
  context: CacheContext,
  { pod }: EnginePod,
  connection: RespConnection,
  signal: AbortSignal,
): Promise<void> {
  const { podIP = "" } = pod.status ?? {};
  const spec = specOf(pod);
  const group = context.groups.of(spec?.nodeKey ?? "");
  if (group !== undefined) await encryptLinks(connection, spec, linksEncrypted(context, group), signal);
  const said = await connection.call(["CONFIG", "GET", "cluster-announce-ip"], signal);
  if (Array.isArray(said) && said[1] === podIP) return;
  const hostname = await announcedAddress(context, spec?.nodeKey ?? "");
  await connection.call(["CONFIG", "SET", "cluster-announce-hostname", hostname], signal);
  await connection.call(["CONFIG", "SET", "cluster-announce-ip", podIP], signal);
}
