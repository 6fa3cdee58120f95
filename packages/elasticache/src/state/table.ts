import { type RecordStore, recordKey } from "@fc/core";
import type { Scope } from "../scope.ts";

/** Records of one kind, by account, region and id. */
export interface Table<T> {
  get(scope: Scope, id: string): T | undefined;
  set(record: T): void;
  delete(scope: Scope, id: string): boolean;
  /** Those of one account and region, by id. */
  list(scope: Scope): T[];
  /** Those of everybody, or of one account. */
  all(account?: string): T[];
}

/** A {@link Table} over a collection of the record store. */
export function table<T extends Scope & { readonly id: string }>(records: RecordStore, name: string): Table<T> {
  const collection = records.collection<T>(`elasticache.${name}`);
  const values = (prefix: string): T[] => collection.list(prefix).map(({ value }) => value);
  return {
    get: (scope, id) => collection.get(recordKey(scope.account, scope.region, id)),
    set: (record) => collection.set(recordKey(record.account, record.region, record.id), record),
    delete: (scope, id) => collection.delete(recordKey(scope.account, scope.region, id)),
    list: (scope) => values(`${recordKey(scope.account, scope.region)}/`),
    all: (account) => values(account === undefined ? "" : `${recordKey(account)}/`),
  };
}
