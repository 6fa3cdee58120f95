import { readdir, readlink } from "node:fs/promises";

/** How many files this process has open, and how many of them are sockets (Linux). */
export async function openFiles(): Promise<{ readonly files: number; readonly sockets: number }> {
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
  );
  // The descriptor that listed the folder is gone by now.
  const open = links.filter((link) => link !== "" && !link.includes("/proc/"));
  return { files: open.length, sockets: open.filter((link) => link.startsWith("socket:")).length };
}
