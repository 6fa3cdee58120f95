import { expect, test } from "vitest";
import { codeOf } from "../../test/harness.ts";
import { assignWindows, checkApart, maintenanceWindow, openSince, snapshotWindow } from "./windows.ts";

const apart = (maintenance: string, snapshot: string) => (): void => checkApart(maintenance, snapshot);

test("windows may cross midnight and the end of the week", () => {
  expect(maintenanceWindow("sat:23:30-sun:01:00")).toEqual({ start: 6 * 1440 + 1410, length: 90 });
  expect(snapshotWindow("23:00-01:00")).toEqual({ start: 1380, length: 120 });
});

test.each(["sun:00:00-sun:00:59", "sun:24:00-mon:01:00", "xyz:01:00-sun:02:00", "sun:01:00"])(
  "%s is refused",
  (text) => {
    expect(codeOf(() => maintenanceWindow(text))).toBe("InvalidParameterValueException");
  },
);

test("windows that share a minute overlap, neighbours do not", () => {
  expect(codeOf(apart("mon:05:59-mon:06:59", "05:00-06:00"))).toBe("InvalidParameterCombinationException");
  expect(codeOf(apart("mon:06:00-mon:07:00", "05:00-06:00"))).toBe("nothing was thrown");
  expect(codeOf(apart("sat:23:30-sun:00:30", "00:00-01:00"))).toBe("InvalidParameterCombinationException");
});

test("assigned windows are the same for a seed, an hour long and apart from each other and from a given one", () => {
  for (let i = 0; i < 200; i += 1) {
    const given =
      i % 2 === 0 ? undefined : `${String(i % 23).padStart(2, "0")}:00-${String((i % 23) + 1).padStart(2, "0")}:00`;
    const assigned = assignWindows(`seed-${i}`, { maintenance: undefined, snapshot: given });
    expect(assignWindows(`seed-${i}`, { maintenance: undefined, snapshot: given })).toEqual(assigned);
    expect(codeOf(apart(assigned.maintenance, assigned.snapshot))).toBe("nothing was thrown");
    expect(maintenanceWindow(assigned.maintenance).length).toBe(60);
  }
});

test("a window is open from its start to its end", () => {
  const window = maintenanceWindow("tue:12:00-tue:13:00");
  const opening = Date.UTC(2026, 2, 3, 12);
  expect(openSince(window, 7, opening - 1)).toBeUndefined();
  expect(openSince(window, 7, opening)).toBe(opening);
  expect(openSince(window, 7, opening + 3_599_999)).toBe(opening);
  expect(openSince(window, 7, opening + 3_600_000)).toBeUndefined();
});
