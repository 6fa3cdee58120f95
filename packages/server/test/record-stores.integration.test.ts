import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordStoreCases } from "@fc/core/conformance";
import { afterEach, beforeEach, describe, test } from "vitest";
import { openSqliteRecordStore } from "../src/storage/sqlite-record-store.ts";

describe("the SQLite record store", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fc-records-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test.each(recordStoreCases)("$name", async ({ run }) => {
    using store = await openSqliteRecordStore(join(directory, "records.db"));
    run(store);
  });
});
