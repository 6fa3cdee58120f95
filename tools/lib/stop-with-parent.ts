/**
 * Asks this process to stop when the one that started it is gone. Package managers start scripts through shells that do not
 * hand signals on: who ends `pnpm start` would otherwise leave the server behind.
 */
export function stopWithParent(): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}
