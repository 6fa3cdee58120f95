import { createHash } from "node:crypto";
import { invalidCombination, invalidValue } from "../errors.ts";

const days: readonly string[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;

/** Minutes: since Sunday 00:00 UTC of a maintenance window, since midnight UTC of a snapshot window. */
export interface Window {
  readonly start: number;
  readonly length: number;
}

/** Reads `ddd:hh:mm-ddd:hh:mm`. @throws AwsError `InvalidParameterValue`. */
export function maintenanceWindow(text: string): Window {
  const match = /^([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)$/i.exec(text);
  const start = match === null ? undefined : minuteOfWeek(match[1], match[2], match[3]);
  const end = match === null ? undefined : minuteOfWeek(match[4], match[5], match[6]);
  if (start === undefined || end === undefined)
    throw invalidValue(
      `Invalid maintenance window format: ${text}. It should be specified as a range ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC). Example: sun:23:00-mon:01:30`,
    );
  const length = (end - start + weekMinutes) % weekMinutes;
  if (length < 60) throw invalidValue(`The maintenance window ${text} must be at least 60 minutes long.`);
  return { start, length };
}

/** Reads `hh:mm-hh:mm`. @throws AwsError `InvalidParameterValue`. */
export function snapshotWindow(text: string): Window {
  const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text);
  const start = match === null ? undefined : minuteOfDay(match[1], match[2]);
  const end = match === null ? undefined : minuteOfDay(match[3], match[4]);
  if (start === undefined || end === undefined)
    throw invalidValue(
      `Invalid snapshot window format: ${text}. It should be specified as a range hh24:mi-hh24:mi (24H Clock UTC). Example: 05:00-09:00`,
    );
  const length = (end - start + dayMinutes) % dayMinutes;
  if (length < 60) throw invalidValue(`The snapshot window ${text} must be at least 60 minutes long.`);
  return { start, length };
}

/** @throws AwsError `InvalidParameterCombination` when a daily snapshot would run into the maintenance. */
export function checkApart(maintenance: string, snapshot: string | undefined): void {
  if (snapshot === undefined) return;
  const weekly = maintenanceWindow(maintenance);
  const daily = snapshotWindow(snapshot);
  for (let day = 0; day < 7; day += 1) {
    const start = day * dayMinutes + daily.start;
    const gap = (weekly.start - start + weekMinutes) % weekMinutes;
    const back = (start - weekly.start + weekMinutes) % weekMinutes;
    if (gap < daily.length || back < weekly.length)
      throw invalidCombination(
        `The snapshot window ${snapshot} and the maintenance window ${maintenance} must not overlap.`,
      );
  }
}

/** The windows that AWS would assign: an hour each, fixed for the resource, apart from each other and from a given one. */
export function assignWindows(
  seed: string,
  given: { readonly maintenance: string | undefined; readonly snapshot: string | undefined },
): { readonly maintenance: string; readonly snapshot: string } {
  const hash = createHash("sha256").update(seed).digest();
  const pick = (index: number, below: number): number => hash.readUInt32BE(index * 4) % below;
  const day = pick(0, 7);
  for (let attempt = 0; ; attempt += 1) {
    const hour = (pick(1, 24) + attempt) % 24;
    const snapshotHour = (hour + 12 + attempt) % 24;
    const maintenance =
      given.maintenance ?? `${days[day]}:${clock(hour * 60)}-${days[dayAfter(day, hour)]}:${clock((hour + 1) * 60)}`;
    const snapshot = given.snapshot ?? `${clock(snapshotHour * 60)}-${clock((snapshotHour + 1) * 60)}`;
    // Windows of almost a whole day or week leave no room: then the user's own choice stands.
    if (attempt === 24 || apart(maintenance, snapshot)) return { maintenance, snapshot };
  }
}

/** The start of the window's occurrence that is open at `nowMs`, or undefined. */
export function openSince(window: Window, periodDays: 1 | 7, nowMs: number): number | undefined {
  const period = periodDays * dayMinutes * 60_000;
  // The Unix epoch was a Thursday; weeks are counted from the Sunday before.
  const epoch = periodDays === 7 ? -4 * dayMinutes * 60_000 : 0;
  const start = Math.floor((nowMs - epoch - window.start * 60_000) / period) * period + epoch + window.start * 60_000;
  return nowMs < start + window.length * 60_000 ? start : undefined;
}

/** Whether what is done once in each day's window is to be done now. `lastMs`: when it was done last. */
export function isDueToday(window: Window, lastMs: number | undefined, nowMs: number): boolean {
  const since = openSince(window, 1, nowMs);
  return since !== undefined && (lastMs ?? Number.NEGATIVE_INFINITY) < since;
}

function apart(maintenance: string, snapshot: string): boolean {
  try {
    checkApart(maintenance, snapshot);
    return true;
  } catch {
    return false;
  }
}

function dayAfter(day: number, hour: number): number {
  return hour === 23 ? (day + 1) % 7 : day;
}

function clock(minutes: number): string {
  const inDay = minutes % dayMinutes;
  return `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
}

function minuteOfDay(hour: string | undefined, minute: string | undefined): number | undefined {
  const value = Number(hour) * 60 + Number(minute);
  return Number(hour) < 24 && Number(minute) < 60 ? value : undefined;
}

function minuteOfWeek(
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
): number | undefined {
  const index = days.indexOf(day?.toLowerCase() ?? "");
  const inDay = minuteOfDay(hour, minute);
  return index < 0 || inDay === undefined ? undefined : index * dayMinutes + inDay;
}
