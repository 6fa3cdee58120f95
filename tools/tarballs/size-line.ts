/** What a package costs whoever installs and imports it. */
export interface Cost {
  readonly unpackedBytes: number;
  /** CPU time of importing it into an empty process. */
  readonly importMs: number;
}

const line = /\*\*Size\*\*: (\S+) MB unpacked; importing it takes about (\d+) ms of CPU\./;

/** The sentence of a README. */
export function sizeLine({ unpackedBytes, importMs }: Cost): string {
  const rounded = Math.max(5, Math.round(importMs / 5) * 5);
  return `**Size**: ${megabytes(unpackedBytes)} MB unpacked; importing it takes about ${rounded} ms of CPU.`;
}

/** What is wrong with a README's sentence, with room for other machines: importing may take three times as long. */
export function sizeProblem(readme: string, { unpackedBytes, importMs }: Cost): string | undefined {
  const [, size, ms] = line.exec(readme) ?? [];
  if (size === undefined) return `the README has no sentence like: ${sizeLine({ unpackedBytes, importMs })}`;
  const said = Number(size) * 1e6;
  if (Math.abs(said - unpackedBytes) > 0.15 * unpackedBytes + 20_000)
    return `the README says ${size} MB, but it has ${megabytes(unpackedBytes)} MB`;
  if (importMs > 3 * Number(ms) + 50)
    return `the README says ${ms} ms for its import, but it took ${Math.round(importMs)} ms`;
  return undefined;
}

/** The README with the sentence as it should be; at its end when it had none. */
export function withSizeLine(readme: string, cost: Cost): string {
  return line.test(readme) ? readme.replace(line, sizeLine(cost)) : `${readme.trimEnd()}\n\n${sizeLine(cost)}\n`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}
