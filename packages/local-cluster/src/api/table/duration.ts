/** The time since `timestamp` as kubectl writes it: `5s`, `3m20s`, `2h`, `5d`, `1y20d`; `<unknown>` without one. */
export function ageSince(timestamp: string | undefined, nowMs: number): string {
  const then = Date.parse(timestamp ?? "");
  if (Number.isNaN(then)) return "<unknown>";
  const seconds = Math.max(0, Math.floor((nowMs - then) / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  if (days < 8) return two(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  return two(Math.floor(days / 365), "y", days % 365, "d");
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
