/** An execution environment, as the server tells of it. */
export interface Environment {
  readonly functionName: string;
  readonly version: string;
  readonly podName: string;
  readonly namespace: string;
  readonly state: string;
  readonly initializationType: string;
}

/** The environments that a server has, or those of one function. */
export async function environmentsOf(
  { url }: { readonly url: string },
  functionName?: string,
): Promise<readonly Environment[]> {
  const answer = await fetch(`${url}/_fakecloud/lambda/warm-containers`);
  const { containers } = (await answer.json()) as { readonly containers: readonly Environment[] };
  return containers.filter((each) => functionName === undefined || each.functionName === functionName);
}
