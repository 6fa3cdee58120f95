import type { Load } from "./load.ts";

/** What a load did, in lines. */
export function reportText(load: Load): string {
  const { accepted, delivered, missing, doubled } = load.ledger.figures();
  const lines = [
    `calls: ${JSON.stringify(load.calls)}, wrong answers: ${load.wrong.length}`,
    `events: ${accepted} accepted, ${delivered} delivered, ${missing} lost, ${doubled} more than once; sending: ${JSON.stringify(load.sends)}`,
    ...load.caches.map(
      ({ load: { name, durable, acknowledged, wrong }, tally }) =>
        `cache ${name}: ${JSON.stringify(tally)}${durable ? `, ${acknowledged} writes acknowledged by the replica` : ""}, lost or wrong: ${wrong.length}`,
    ),
  ];
  return lines.join("\n");
}
