/** A Kubernetes `resource.Quantity`: an exact amount, and the notation that it was written in. */
export interface Quantity {
  /** In units of 10⁻⁹. */
  readonly nano: bigint;
  /** Whether its text has a power of 1024 (`Mi`), of 1000 (`M`), or an exponent (`1e6`). */
  readonly notation: "binary" | "decimal" | "exponent";
}

export const zero: Quantity = { nano: 0n, notation: "decimal" };

const one = 1_000_000_000n;
const decimalUnits: readonly (readonly [string, bigint])[] = [
  ["E", one * 10n ** 18n],
  ["P", one * 10n ** 15n],
  ["T", one * 10n ** 12n],
  ["G", one * 10n ** 9n],
  ["M", one * 10n ** 6n],
  ["k", one * 1_000n],
  ["", one],
  ["m", 1_000_000n],
  ["u", 1_000n],
  ["n", 1n],
];
const binaryUnits: readonly (readonly [string, bigint])[] = ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"].map(
  (suffix, index) => [suffix, one * 1_024n ** BigInt(6 - index)] as const,
);
const units = new Map([...decimalUnits, ...binaryUnits]);
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Undefined when the text is none. Digits below 10⁻⁹ are rounded up, as Kubernetes does. */
export function parseQuantity(text: string): Quantity | undefined {
  const [, sign, whole = "", fraction = "", suffix = ""] = pattern.exec(text) ?? [];
  if (sign === undefined || whole + fraction === "") return undefined;
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  if (exponent !== undefined && Math.abs(Number(exponent)) > 100) return undefined;
  const shift = BigInt(Math.abs(Number(exponent ?? "0")));
  const power = 10n ** shift;
  const unit = exponent === undefined ? (units.get(suffix) ?? one) : one * (exponent.startsWith("-") ? 1n : power);
  const divisor = 10n ** BigInt(fraction.length) * (exponent?.startsWith("-") === true ? power : 1n);
  const scaled = BigInt(whole + fraction) * unit;
  const nano = (scaled + divisor - 1n) / divisor;
  const notation = exponent !== undefined ? "exponent" : suffix.endsWith("i") ? "binary" : "decimal";
  return { nano: sign === "-" ? -nano : nano, notation };
}

/** The canonical text: no fraction, the largest unit that leaves none. */
export function formatQuantity({ nano, notation }: Quantity): string {
  if (nano === 0n) return "0";
  const magnitude = nano < 0n ? -nano : nano;
  const inBinary = notation === "binary" && magnitude >= 1_024n * one && magnitude % one === 0n;
  const [suffix, unit] = [...(inBinary ? binaryUnits : []), ...decimalUnits.slice(inBinary ? 6 : 0)].find(
    ([, size]) => magnitude % size === 0n,
  ) ?? ["n", 1n];
  if (notation !== "exponent" || suffix === "") return `${nano / unit}${suffix}`;
  const index = decimalUnits.findIndex(([name]) => name === suffix);
  return `${nano / unit}e${18 - 3 * index}`;
}

/** The sum keeps the notation of the first that is not zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, notation: a.nano === 0n ? b.notation : a.notation };
}
