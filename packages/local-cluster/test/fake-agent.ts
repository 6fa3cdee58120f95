import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { NodeAgent } from "../src/node/node-agent.ts";
import type { PodReference } from "../src/node/pod/pod-reference.ts";

/** An agent without processes: `echo` copies stdin, `exit N` ends with N, `say TEXT` prints; dial goes to `ports`. */
export function createFakeAgent(ports: ReadonlyMap<number, number> = new Map()): NodeAgent {
  return {
    isolation: { level: "plain", detail: "scripted" },
    exec: async (_pod: PodReference, _container, argv, { stdin, stdout, stderr }) => {
      const [program, argument = ""] = argv;
      if (program === "say") stdout.write(argument);
      if (program === "warn") stderr.write(argument);
      if (program === "echo" && stdin !== undefined) for await (const chunk of stdin) stdout.write(chunk);
      if (program === "missing") throw new Error("no such program: missing");
      return { exitCode: program === "exit" ? Number(argument) : 0 };
    },
    attach: async (_pod, _container, { stdout }) => void stdout.write("attached"),
    logs: async function* (_pod, container, { tailLines }) {
      yield Buffer.from(`${container} ${tailLines ?? "all"}\n`);
    },
    dial: (_pod, port): Promise<Duplex> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port: ports.get(port) ?? 1 });
        socket.once("connect", () => resolve(socket));
        socket.once("error", reject);
      }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
