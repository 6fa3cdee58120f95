import type { Fault } from "@fc/k8s/testing";

/** The API server says this, and does nothing. */
export const answerWithoutDeed = (body: object): Fault => ({
  name: "an answer without a deed",
  onRequest: (exchange) => {
    exchange.answer(200, { "Content-Type": "application/json" }, JSON.stringify(body));
    return false;
  },
});
