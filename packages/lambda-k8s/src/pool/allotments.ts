/** How many Pods a kind would like to have. */
export interface Wish {
  readonly kind: string;
  readonly memoryMb: number;
  readonly wanted: number;
}

/** Shares the memory out: one Pod of each kind before the second of any, in the given order, as long as there is room. */
export function allotments(wishes: readonly Wish[], memoryMb: number): Map<string, number> {
  const given = new Map<string, number>();
  let left = memoryMb;
  const most = Math.max(0, ...wishes.map(({ wanted }) => wanted));
  for (let round = 1; round <= most; round += 1) {
    for (const { kind, memoryMb: size, wanted } of wishes) {
      if (wanted < round || (given.get(kind) ?? 0) < round - 1 || size > left) continue;
      left -= size;
      given.set(kind, round);
    }
  }
  return given;
}
