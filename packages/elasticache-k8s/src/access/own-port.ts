import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { listeningPort } from "../engines/engine-arguments.ts";
import { bothWaysPorts } from "./both-ways.ts";
import { needsIamFront } from "./iam-users.ts";

/** Where the engine itself listens: where clients connect to, unless something else has that port. Encrypted only with TLS `required`. */
export function ownPort(spec: CacheNodeSpec): number {
  const port = listeningPort(spec);
  if (spec.access?.tls === "preferred") return bothWaysPorts(port).plain;
  return needsIamFront(spec) ? bothWaysPorts(port).tls : port;
}
