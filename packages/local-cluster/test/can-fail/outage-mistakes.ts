import { setTimeout as delay } from "node:timers/promises";
import { deferred } from "@fc/core";
import { around, type MistakeRow, plainly } from "./mistake.ts";

/** Those that only an outage shows. */
export const outageMistakes: readonly MistakeRow[] = [
  [
    "ends every wait when a call finds the API server away",
    {
      client: (client) => {
        const away = deferred<never>();
        return {
          listPods: (...args) =>
            client.listPods(...args).catch((error: unknown) => {
              away.reject(error);
              throw error;
            }),
          waitForPod: (...args) => Promise.race([client.waitForPod(...args), away.promise]),
        };
      },
    },
    /ECONNREFUSED/,
    ["outages: waits and watches"],
  ],
  [
    "closes only when the API server is there",
    {
      client: (client) => {
        let closed = false;
        return {
          [Symbol.asyncDispose]: async () => {
            const first = !closed;
            closed = true;
            await client[Symbol.asyncDispose]();
            if (first) await client.listPods("");
          },
        };
      },
    },
    /ECONNREFUSED/,
    ["outages: a process that ends during an outage"],
  ],
  [
    "makes every Pod twice",
    {
      client: (client) => ({
        createPod: async (pod, options) => {
          const { metadata } = pod;
          await client.createPod({ ...pod, metadata: { ...metadata, name: `${metadata?.name}-2` } }, options);
          return await client.createPod(pod, options);
        },
      }),
    },
    /made, \d found/,
    ["outages: a store that takes seconds"],
  ],
  [
    "gives up a create whose answer takes longer than it likes",
    {
      client: (client) => ({
        createPod: (pod, options) => {
          const givenUp = delay(1_000).then(() => Promise.reject(new Error("there was no answer")));
          return Promise.race([client.createPod(pod, options), givenUp]);
        },
      }),
    },
    /there was no answer/,
    ["outages: a create whose answer comes too late"],
  ],
  [
    "ends an aborted create with an error of its own",
    { client: (client) => around(client, ["createPod"], plainly) },
    /reference-equal/,
    ["outages: a create whose answer comes too late"],
  ],
];
