import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";

/** What is to be tested: code that calls a function through the official SDK. */
export async function priceOf(lambda: LambdaClient, items: readonly { readonly cents: number }[]): Promise<number> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: "price", Payload: JSON.stringify({ items }) }));
  const payload = answer.Payload?.transformToString() ?? "";
  if (answer.FunctionError !== undefined) throw new Error(`no price: ${payload}`);
  return JSON.parse(payload) as number;
}
