/** How many hash slots there are: keys are in slots 0 to 16383, as every redis and valkey has it. */
export const slotCount = 16_384;

/** All of them, as text. */
export const allSlots: string = `0-${slotCount - 1}`;

/** The slots that `0-99,200` names, ascending; undefined when it is not of that form, or names one twice. */
export function parseSlots(text: string): number[] | undefined {
  const slots: number[] = [];
  for (const item of text.split(",")) {
    const [, first, last] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(item) ?? [];
    const from = Number(first);
    const to = Number(last ?? first);
    if (first === undefined || from > to || to >= slotCount) return undefined;
    for (let slot = from; slot <= to; slot += 1) slots.push(slot);
  }
  slots.sort((a, b) => a - b);
  return slots.some((slot, index) => slot === slots[index - 1]) ? undefined : slots;
}

/** Slots as pairs of first and last, ascending. */
export function slotRanges(slots: readonly number[]): [first: number, last: number][] {
  const ranges: [first: number, last: number][] = [];
  for (const slot of slots.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === slot - 1) range[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges;
}

/** What {@link parseSlots} reads: `0-99,200`. */
export function slotsText(slots: readonly number[]): string {
  return slotRanges(slots)
    .map(([first, last]) => (first === last ? String(first) : `${first}-${last}`))
    .join(",");
}

/** How many slots each of so many shards has when they are spread evenly, as AWS does it: the first ones have one more. */
export function evenCounts(shards: number): number[] {
  const [each, more] = [Math.floor(slotCount / shards), slotCount % shards];
  return Array.from({ length: shards }, (_, index) => each + (index < more ? 1 : 0));
}

/** The slots of each of so many new shards: `0-8191`, `8192-16383`. */
export function evenSlots(shards: number): string[] {
  let next = 0;
  return evenCounts(shards).map((count) => {
    const first = next;
    next += count;
    return slotsText(Array.from({ length: count }, (_, index) => first + index));
  });
}
