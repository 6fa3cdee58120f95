/**
 * A process to be killed: writes pairs of records, each pair in a transaction, into the file of its argument, and says on
 * standard output which are done.
 */
import { openSqliteRecordStore } from "../src/storage/sqlite-record-store.ts";

const store = await openSqliteRecordStore(process.argv[2] ?? "");
const [left, right] = [store.collection<number>("left"), store.collection<number>("right")];
for (let at = left.list().length; ; at += 1) {
  store.transaction(() => {
    left.set(String(at), at);
    right.set(String(at), at);
  });
  process.stdout.write(`${at}\n`);
}
