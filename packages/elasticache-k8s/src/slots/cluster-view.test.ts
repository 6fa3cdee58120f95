import { expect, test } from "vitest";
import { parseClusterNodes } from "./cluster-view.ts";

const answer = [
  "aa 10.0.0.1:7001@16379,10.96.0.1 myself,master - 0 0 3 connected 0-2 9 [9->-bb] [77-<-cc]",
  "bb fd00::2:7001@16379,b.test,shard-id=1 slave,fail? aa 1 2 3 disconnected",
  "cc :0@0 master,noaddr - 1 2 4 disconnected 3",
  "",
].join("\n");

test("reads who there is, where, whose replica, with which slots, and what is half moved", () => {
  const { myself, byId } = parseClusterNodes(answer);
  expect(myself).toMatchObject({ id: "aa", host: "10.0.0.1", hostname: "10.96.0.1", linked: true });
  expect([...myself.slots]).toEqual([0, 1, 2, 9]);
  expect([...myself.moving]).toEqual([
    [9, "bb"],
    [77, "cc"],
  ]);
  expect(byId.get("bb")).toMatchObject({ host: "fd00::2", hostname: "b.test", primaryId: "aa", linked: false });
  expect(byId.get("cc")).toMatchObject({ host: "", hostname: "", primaryId: undefined });
});
