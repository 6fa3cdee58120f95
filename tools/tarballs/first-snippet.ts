/** The first block of TypeScript of a README: what its readers try first. */
export function firstSnippet(readme: string): string {
  const snippet = /^```ts\n([\s\S]*?)^```/m.exec(readme)?.[1];
  if (snippet === undefined) throw new Error("There is no TypeScript in the README");
  return snippet;
}
