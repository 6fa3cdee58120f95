import { parseTarget, type Target } from "../http/target.ts";
import { ModelError } from "../model/load-model.ts";
import type { OperationModel, ServiceModel } from "../model/model.ts";

export interface RestMatch {
  readonly operation: string;
  readonly model: OperationModel;
  /** Label → raw segment, still percent-encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

interface Leaf {
  readonly operation: string;
  readonly model: OperationModel;
  readonly labelNames: readonly string[];
  readonly literalQuery: Target["query"];
}

interface Node {
  readonly literals: Map<string, Node>;
  label: Node | undefined;
  /** The more literal query pairs, the earlier. */
  readonly leaves: Leaf[];
}

/** Finds the operation of a method and target. */
export type RestRouter = (method: string, target: Target) => RestMatch | undefined;

/** One trie per method over raw path segments: literals before labels, literal queries before none. */
export function createRestRouter(model: ServiceModel): RestRouter {
  const methods = new Map<string, Node>();
  for (const [operation, operationModel] of Object.entries(model.operations)) {
    const root = methods.get(operationModel.method) ?? emptyNode();
    methods.set(operationModel.method, root);
    insert(root, operation, operationModel);
  }
  return (method, target) => {
    const root = methods.get(method);
    const segments = target.path.split("/").slice(1);
    // AWS CLI 2.9 sends /2015-03-31/functions/ for ListFunctions.
    if (segments.length > 1 && segments.at(-1) === "") segments.pop();
    return root === undefined || segments.includes("") ? undefined : find(root, segments, 0, [], target.query);
  };
}

const emptyNode = (): Node => ({ literals: new Map(), label: undefined, leaves: [] });

function insert(root: Node, operation: string, model: OperationModel): void {
  const { path, query } = parseTarget(model.uri);
  const labelNames: string[] = [];
  let node = root;
  for (const segment of path
    .split("/")
    .slice(1)
    .filter((part) => part !== "")) {
    const label = /^\{(\w+)(\+?)\}$/.exec(segment);
    if (label?.[2] === "+") {
      throw new ModelError(
        "FC_AWS_MODEL_UNSUPPORTED",
        `${operation} has a greedy label, which the router does not support`,
      );
    }
    if (label?.[1] === undefined) {
      const next = node.literals.get(segment) ?? emptyNode();
      node.literals.set(segment, next);
      node = next;
    } else {
      labelNames.push(label[1]);
      node.label ??= emptyNode();
      node = node.label;
    }
  }
  node.leaves.push({ operation, model, labelNames, literalQuery: query });
  node.leaves.sort((a, b) => b.literalQuery.length - a.literalQuery.length);
}

function find(
  node: Node,
  segments: readonly string[],
  index: number,
  values: readonly string[],
  query: Target["query"],
): RestMatch | undefined {
  const segment = segments[index];
  if (segment === undefined) return leafOf(node, values, query);
  const literal = node.literals.get(segment);
  const found = literal === undefined ? undefined : find(literal, segments, index + 1, values, query);
  if (found !== undefined || node.label === undefined) return found;
  return find(node.label, segments, index + 1, [...values, segment], query);
}

function leafOf(node: Node, values: readonly string[], query: Target["query"]): RestMatch | undefined {
  const leaf = node.leaves.find(({ literalQuery }) =>
    literalQuery.every(([key, value]) => query.some(([k, v]) => k === key && v === value)),
  );
  if (leaf === undefined) return undefined;
  const labels = Object.fromEntries(leaf.labelNames.map((name, index) => [name, values[index] ?? ""]));
  return { operation: leaf.operation, model: leaf.model, labels };
}
