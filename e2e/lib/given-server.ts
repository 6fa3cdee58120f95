import type { ServerProcess } from "./server-process.ts";

/** A server that runs already, as its clients know it. It is emptied when a file's tests are done with it, and goes on. */
export function givenServer(url: string): ServerProcess {
  const notOurs = (): never => {
    throw new Error(`The server at ${url} is not a process of this machine`);
  };
  return {
    url,
    port: Number(new URL(url).port),
    kubeconfig: "",
    get pid(): number {
      return notOurs();
    },
    output: notOurs,
    stop: notOurs,
    [Symbol.asyncDispose]: async () => {
      const answer = await fetch(`${url}/_reset`, { method: "POST" });
      if (!answer.ok) throw new Error(`${url} cannot be emptied: ${answer.status} ${await answer.text()}`);
    },
  };
}
