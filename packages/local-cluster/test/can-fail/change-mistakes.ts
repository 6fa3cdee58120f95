import type { MistakeRow } from "./mistake.ts";

export const changeMistakes: readonly MistakeRow[] = [
  [
    "tells of a new Pod as of one that it has told of",
    {
      client: (client) => ({
        onPodChange: (listener) =>
          client.onPodChange((type, pod) => {
            if (type === "added") listener("modified", pod);
            listener(type, pod);
          }),
      }),
    },
    /deep-equal/,
    ["changes: the life of a Pod"],
  ],
  [
    "tells of Pods that are not managed",
    {
      client: (client) => ({
        onPodChange: (listener) => {
          listener("added", { metadata: { name: "foreign" } });
          return client.onPodChange(listener);
        },
      }),
    },
    /deep-equal/,
    ["changes: every Pod of every process"],
  ],
  [
    "goes on telling who does not listen any more",
    {
      client: (client) => ({
        onPodChange: (listener) => {
          client.onPodChange(listener);
          return () => undefined;
        },
      }),
    },
    /deep-equal/,
    ["changes: a listener that throws, or has ended"],
  ],
  [
    "tells nobody any more when a listener has thrown",
    {
      client: (client) => {
        let thrown = false;
        return {
          onPodChange: (listener) =>
            client.onPodChange((type, pod) => {
              if (thrown) return;
              thrown = true;
              listener(type, pod);
              thrown = false;
            }),
        };
      },
      cutMs: 5_000,
    },
    /not done within/,
    ["changes: a listener that throws, or has ended"],
  ],
  [
    "does not tell of an end",
    {
      client: (client) => ({
        onPodChange: (listener) =>
          client.onPodChange((type, pod) => {
            if (type !== "deleted") listener(type, pod);
          }),
      }),
      cutMs: 5_000,
    },
    /not done within/,
    ["changes: the life of a Pod", "changes: a cut connection loses no change", "losses: an eviction through the API"],
  ],
  [
    "tells of everything twice",
    {
      client: (client) => ({
        onPodChange: (listener) =>
          client.onPodChange((type, pod) => {
            listener(type, pod);
            listener(type, pod);
          }),
      }),
    },
    /strictly equal/,
    ["changes: a cut connection loses no change"],
  ],
];
