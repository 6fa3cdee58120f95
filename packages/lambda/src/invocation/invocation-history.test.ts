import { expect, test } from "vitest";
import { InvocationHistory } from "./invocation-history.ts";
import type { InvocationReport } from "./invocation-report.ts";

function setUp(size: number): { history: InvocationHistory; add: (...ids: string[]) => void; ids: () => string[] } {
  const history = new InvocationHistory(size);
  const report = (requestId: string): InvocationReport => ({ requestId, account: requestId[0] }) as InvocationReport;
  return {
    history,
    add: (...ids) => {
      for (const id of ids) history.add(report(id));
    },
    ids: () => history.list().map(({ requestId }) => requestId),
  };
}

test("the last ones are kept, however many there were", () => {
  const { add, ids } = setUp(3);
  add("a1", "a2");
  expect(ids()).toEqual(["a1", "a2"]);
  add("a3", "a4", "a5", "a6", "a7");
  expect(ids()).toEqual(["a5", "a6", "a7"]);
});

test("those of an account can be forgotten, and others come in their place", () => {
  const { history, add, ids } = setUp(3);
  add("a1", "b1", "a2", "b2");
  history.clear(({ account }) => account === "a");
  expect(ids()).toEqual(["b1", "b2"]);
  add("c1", "c2");
  expect(ids()).toEqual(["b2", "c1", "c2"]);
  history.clear(() => true);
  add("d1");
  expect(ids()).toEqual(["d1"]);
});

test("none are kept where the size is 0", () => {
  const { history, add, ids } = setUp(0);
  add("a1");
  history.clear(() => false);
  expect(ids()).toEqual([]);
});
