/**
 * A process to be killed: writes pairs of records, each pair in a transaction, into the file of its first argument, as many as its
 * second says, and tells on standard output which are done. Then it waits.
 */
import { openSqliteRecordStore } from "../src/storage/sqlite-record-store.ts";

const [path = "", count] = process.argv.slice(2);
const store = await openSqliteRecordStore(path);
const [left, right] = [store.collection<number>("left"), store.collection<number>("right")];
const first = left.list().length;
for (let at = first; at < first + Number(count); at += 1) {
  store.transaction(() => {
    left.set(String(at), at);
    right.set(String(at), at);
  });
  process.stdout.write(`${at}\n`);
}
setInterval(() => undefined, 60_000);
