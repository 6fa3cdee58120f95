import type { ErrorTable } from "./error-table.ts";

/** Codes that sources have and no table describes, and those that tables describe and no source has. */
export function undocumented(
  sources: readonly string[],
  tables: readonly ErrorTable[],
): { readonly missing: readonly string[]; readonly unused: readonly string[] } {
  const used = new Set(
    sources.flatMap((text) => [...text.matchAll(/"(FC_[A-Z0-9]+_[A-Z0-9_]+)"/g)].map(([, code = ""]) => code)),
  );
  const described = new Set(tables.flatMap((table) => Object.keys(table)));
  return {
    missing: [...used].filter((code) => !described.has(code)).sort(),
    unused: [...described].filter((code) => !used.has(code)).sort(),
  };
}
