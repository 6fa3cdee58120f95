import { connect } from "node:net";
import { around, type MistakeRow, plainly } from "./mistake.ts";

export const dialMistakes: readonly MistakeRow[] = [
  [
    "sends a byte of its own",
    {
      client: (client) => ({
        dial: async (...args) => {
          const stream = await client.dial(...args);
          stream.write("!");
          return stream;
        },
      }),
    },
    /bytes that came back are others|strictly equal/,
    ["dial: bytes go to a Pod and back", "dial: a Pod whose address cannot be reached", "nodes: a Pod of another node"],
  ],
  [
    "dials by the Pod's address alone",
    {
      client: () => ({ dial: ({ status }, port) => Promise.resolve(connect({ host: status?.podIP ?? "", port })) }),
      // What leads nowhere is refused, or never answers.
      cutMs: 5_000,
    },
    /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|not done within/,
    ["dial: a Pod whose address cannot be reached"],
  ],
  [
    "does not say why it cannot dial",
    { client: (client) => around(client, ["dial"], plainly) },
    /KubernetesError was expected/,
    ["dial: a port where nothing listens", "dial: a Pod without an address", "exec: a Pod that has no node yet"],
  ],
];
