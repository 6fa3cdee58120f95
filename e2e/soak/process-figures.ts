/** What the server's process needs. */
export interface ProcessFigures {
  readonly rssMb: number;
  readonly heapMb: number;
  /** Open file descriptors. */
  readonly files: number;
  /** What keeps its event loop alive. */
  readonly resources: number;
}

/** Growth that is no leak: caches that fill, code that is compiled, pages that the system has not taken back. */
const allowed: Readonly<Record<keyof ProcessFigures, { readonly share: number; readonly more: number }>> = {
  rssMb: { share: 0.2, more: 40 },
  heapMb: { share: 0.15, more: 10 },
  files: { share: 0, more: 20 },
  resources: { share: 0, more: 20 },
};

/** Reads the server's own metrics. */
export async function processFigures(url: string): Promise<ProcessFigures> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  const megabytes = (name: string): number => Math.round(read(name) / 1e5) / 10;
  return {
    rssMb: megabytes("process_resident_memory_bytes"),
    heapMb: megabytes("nodejs_heap_size_used_bytes"),
    files: read("process_open_fds"),
    resources: read("nodejs_active_resources_total"),
  };
}

/** Names what grew more than it may. */
export function growthOf(first: ProcessFigures, last: ProcessFigures): string[] {
  return (Object.keys(allowed) as (keyof ProcessFigures)[]).flatMap((name) => {
    const limit = first[name] * (1 + allowed[name].share) + allowed[name].more;
    return last[name] <= limit
      ? []
      : [`${name} grew from ${first[name]} to ${last[name]}, more than ${limit.toFixed(1)}`];
  });
}
