import { execFileSync } from "node:child_process";

/**
 * Asks this process to stop when the command that started it is gone. Package managers start scripts through shells that do not
 * hand signals on: who ends `npx pnpm start` would otherwise leave the server behind.
 */
export function stopWithParent(): void {
  const commands = launchers(process.ppid);
  const watch = setInterval(() => {
    if (commands.every(alive)) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}

/** The processes between here and the shell that the user typed into: the script's shell, pnpm, npx. */
function launchers(pid: number): number[] {
  const row = /^\s*(\d+)\s+(.*)$/.exec(ps(pid));
  if (row === null || !/tools\/start\.ts|pnpm/.test(row[2] ?? "")) return [];
  return [pid, ...launchers(Number(row[1]))];
}

function ps(pid: number): string {
  try {
    return execFileSync("ps", ["-o", "ppid=,args=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
