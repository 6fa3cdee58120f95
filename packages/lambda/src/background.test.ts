import { deferred, silentLogger } from "@fc/core";
import { describe, expect, test } from "vitest";
import { Background } from "./background.ts";

describe("background work", () => {
  test("is waited for by account, and its failure does not reject who waits", async () => {
    const background = new Background(silentLogger);
    const mine = deferred<void>();
    const other = deferred<void>();
    const done: string[] = [];
    background.run("1", "mine", () => mine.promise);
    background.run("2", "other's", () => other.promise);
    const waiting = [background.idle("1").then(() => done.push("one")), background.idle().then(() => done.push("all"))];
    mine.reject(new Error("no"));
    await waiting[0];
    expect(done).toEqual(["one"]);
    other.resolve();
    await waiting[1];
    expect(done).toEqual(["one", "all"]);
  });
});
