import { expect, test } from "vitest";
import { AddressPool } from "./address-pool.ts";

test("addresses differ, skip .0 and .255, and a freed one is not the next", async () => {
  const pool = new AddressPool(0x01fe);
  const first = await pool.allocate([]);
  const second = await pool.allocate([]);
  pool.release(first);
  expect([first, second, await pool.allocate([])]).toEqual(["127.77.1.254", "127.77.2.1", "127.77.2.2"]);
});
