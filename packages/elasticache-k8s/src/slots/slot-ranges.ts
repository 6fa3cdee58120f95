/** The slots of `0-5461` or `0-99,200`. */
export function parseSlots(text: string): number[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

/** Slots as pairs of first and last, in the arguments of `CLUSTER ADDSLOTSRANGE`. */
export function slotRanges(slots: Iterable<number>): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (const slot of [...slots].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges;
}
