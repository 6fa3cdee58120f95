import { BlockList, isIP } from "node:net";

/** Tests one value of an event; undefined when the event has none. */
export type Condition = (value: unknown) => boolean;

/** One entry of a pattern's list: a literal or an operator of EventBridge's pattern language. Undefined when it is neither. */
export function condition(entry: unknown): Condition | undefined {
  if (isLiteral(entry)) return (value) => value === entry;
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return undefined;
  const [[operator, operand] = [], ...more] = Object.entries(entry);
  if (operator === undefined || more.length > 0) return undefined;
  return Object.hasOwn(operators, operator) ? operators[operator]?.(operand) : undefined;
}

type Operator = (operand: unknown) => Condition | undefined;

const operators: Readonly<Record<string, Operator>> = {
  prefix: textOperator((text, operand) => text.startsWith(operand)),
  suffix: textOperator((text, operand) => text.endsWith(operand)),
  "equals-ignore-case": (operand) =>
    typeof operand === "string" ? onText((text) => text.toLowerCase() === operand.toLowerCase()) : undefined,
  exists: (operand) => (typeof operand === "boolean" ? (value) => (value !== undefined) === operand : undefined),
  numeric,
  cidr,
  "anything-but": anythingBut,
};

/** `prefix` and `suffix`, both also as `{"prefix": {"equals-ignore-case": "…"}}`. */
function textOperator(test: (text: string, operand: string) => boolean): Operator {
  return (operand) => {
    if (typeof operand === "string") return onText((text) => test(text, operand));
    const folded = (operand as { readonly "equals-ignore-case"?: unknown } | null)?.["equals-ignore-case"];
    if (typeof folded !== "string") return undefined;
    return onText((text) => test(text.toLowerCase(), folded.toLowerCase()));
  };
}

function anythingBut(operand: unknown): Condition | undefined {
  const entries = Array.isArray(operand) ? operand : [operand];
  const refused = entries.map((entry) => {
    const negatable =
      isLiteral(entry) || ["prefix", "suffix", "equals-ignore-case"].includes(Object.keys(entry ?? {})[0] ?? "");
    return negatable ? condition(entry) : undefined;
  });
  if (refused.length === 0 || refused.includes(undefined)) return undefined;
  return (value) => value !== undefined && !refused.some((test) => test?.(value));
}

const comparisons: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
};

/** `["=", 1]` or a range `[">", 0, "<=", 5]`. */
function numeric(operand: unknown): Condition | undefined {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return undefined;
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const [operator, limit]: unknown[] = operand.slice(at, at + 2);
    const compare = typeof operator === "string" ? comparisons[operator] : undefined;
    if (compare === undefined || typeof limit !== "number") return undefined;
    tests.push((value) => compare(value, limit));
  }
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function cidr(operand: unknown): Condition | undefined {
  const [network = "", length = ""] = typeof operand === "string" ? operand.split("/") : [];
  const version = isIP(network);
  if (version === 0 || !/^\d+$/.test(length) || Number(length) > (version === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(network, Number(length), version === 4 ? "ipv4" : "ipv6");
  return onText((text) => isIP(text) === version && list.check(text, version === 4 ? "ipv4" : "ipv6"));
}

function onText(test: (text: string) => boolean): Condition {
  return (value) => typeof value === "string" && test(value);
}

function isLiteral(entry: unknown): boolean {
  return entry === null || ["string", "number", "boolean"].includes(typeof entry);
}
