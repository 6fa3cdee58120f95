/** What the later snippets of a README take from the text around them, by the package's folder. */
const surroundings: Readonly<Record<string, string>> = {
  elasticache:
    'import type { CacheBackend } from "@fc/elasticache/backend"; declare const myBackend: () => CacheBackend;',
  k8s: 'declare const pod: Parameters<import("@fc/k8s").K8sClient["createPod"]>[0];',
  lambda: 'import type { LambdaBackend } from "@fc/lambda/backend"; declare const myBackend: () => LambdaBackend;',
  "lambda-k8s": [
    'import type { RequestListener } from "node:http"; declare const serveTheRest: RequestListener;',
    "declare const functionName: string, functionArn: string, handler: string, deployId: string, event: string;",
    "declare const codeZip: Buffer, layerZips: readonly Buffer[];",
  ].join("\n"),
};

/** The first block of TypeScript of a README: what its readers try first, a whole program. */
export function firstSnippet(readme: string): string {
  const [snippet] = snippetsOf(readme);
  if (snippet === undefined) throw new Error("There is no TypeScript in the README");
  return snippet.text;
}

/** The others that are not parts of a tested file, as programs that compile. */
export function laterSnippets(folder: string, readme: string): readonly string[] {
  const later = snippetsOf(readme).filter(({ isQuoted }, at) => at > 0 && !isQuoted);
  return later.map(({ text }) => `${surroundings[folder] ?? ""}\n${text}`);
}

function snippetsOf(readme: string): readonly { readonly text: string; readonly isQuoted: boolean }[] {
  return [...readme.matchAll(/(<!-- snippet: .* -->\s*\n)?^```ts\n([\s\S]*?)^```/gm)].map(([, marker, text = ""]) => ({
    text,
    isQuoted: marker !== undefined,
  }));
}
