import { parseSlots } from "@fc/elasticache/backend";

/** A node as another one, or itself, sees it: a line of `CLUSTER NODES`. */
export interface SeenNode {
  readonly id: string;
  readonly host: string;
  readonly hostname: string;
  readonly flags: ReadonlySet<string>;
  /** Of a replica: its primary's id. */
  readonly primaryId: string | undefined;
  /** Whether the two talk to each other. */
  readonly linked: boolean;
  readonly slots: ReadonlySet<number>;
  /** Slots that are half moved, as the node itself says: with whom. */
  readonly moving: ReadonlyMap<number, string>;
}

/** What one node sees. */
export interface ClusterView {
  readonly myself: SeenNode;
  readonly byId: ReadonlyMap<string, SeenNode>;
}

/** Reads `CLUSTER NODES`. */
export function parseClusterNodes(text: string): ClusterView {
  const nodes = text.split("\n").flatMap((line) => (line.trim() === "" ? [] : parseLine(line.trim())));
  const myself = nodes.find(({ flags }) => flags.has("myself"));
  if (myself === undefined) throw new Error("CLUSTER NODES does not tell who answers");
  return { myself, byId: new Map(nodes.map((node) => [node.id, node])) };
}

function parseLine(line: string): SeenNode {
  const [id = "", address = "", flags = "", primary = "-", , , , link = "", ...owned] = line.split(" ");
  const [reached = "", hostname = ""] = address.split(",");
  const endpoint = reached.split("@")[0] ?? "";
  const moves = owned.filter((part) => part.startsWith("["));
  return {
    id,
    host: endpoint.slice(0, endpoint.lastIndexOf(":")),
    hostname,
    flags: new Set(flags.split(",")),
    primaryId: primary === "-" ? undefined : primary,
    linked: link === "connected" || flags.split(",").includes("myself"),
    slots: new Set(parseSlots(owned.filter((part) => !part.startsWith("[")).join(",")) ?? []),
    moving: new Map(
      moves.map((part) => {
        const [, slot = "", other = ""] = /^\[(\d+)-[<>]-(\w+)\]$/.exec(part) ?? [];
        return [Number(slot), other];
      }),
    ),
  };
}
