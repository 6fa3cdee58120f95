import { expect, test } from "vitest";
import { isFileWhole, parseReplication } from "./replication.ts";

const lines = (...fields: readonly string[]): string => `# Replication\r\n${fields.join("\r\n")}\r\n`;

test("a primary's own offset counts", () => {
  const info = lines(
    "role:master",
    "connected_slaves:1",
    "slave0:ip=10.0.0.2,port=6379,offset=10",
    "master_repl_offset:42",
  );
  expect(parseReplication(info)).toEqual({
    role: "primary",
    offset: 42,
    linkUp: false,
    syncing: false,
    primaryHost: undefined,
  });
});

test("a replica's offset is what it has, not what its primary says, also when the link is down", () => {
  const replica = ["role:slave", "master_host:fd00::1", "slave_repl_offset:40", "master_repl_offset:42"];
  const up = parseReplication(lines(...replica, "master_link_status:up", "master_sync_in_progress:0"));
  expect(up).toEqual({ role: "replica", offset: 40, linkUp: true, syncing: false, primaryHost: "fd00::1" });
  const down = parseReplication(lines(...replica, "master_link_status:down", "master_sync_in_progress:1"));
  expect(down).toMatchObject({ offset: 40, linkUp: false, syncing: true });
});

test("the file of a replica is whole once it has been written anew after the data set was taken over", () => {
  const state = (enabled: 0 | 1, running: 0 | 1, scheduled: 0 | 1): string =>
    lines(`aof_enabled:${enabled}`, `aof_rewrite_in_progress:${running}`, `aof_rewrite_scheduled:${scheduled}`);
  expect(isFileWhole(state(1, 0, 0))).toBe(true);
  for (const info of [state(0, 0, 0), state(1, 1, 0), state(1, 0, 1)]) expect(isFileWhole(info)).toBe(false);
});
