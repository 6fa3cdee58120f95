// A server that is to be killed: runs a Pod with a child that called setsid, and prints the mark of both processes.
import type { IsolationLevel } from "../src/node/isolation/isolation.ts";
import { processesWith, startFixture } from "./node-fixture.ts";

const mark = `${900_000_000 + process.pid}`;
const fixture = await startFixture({ isolation: process.argv[2] as IsolationLevel });
const script = `setsid sleep ${mark} & setsid sleep ${mark} & echo both; exec sleep ${mark}`;
const user = process.argv[3] ?? "";
const securityContext = user === "" ? {} : { runAsUser: Number(user) };
fixture.create("victim", { command: ["sh", "-c", script] }, { securityContext });
await fixture.until("victim", (pod) => pod?.status?.phase === "Running");
while ((await processesWith(mark)) < 3) await new Promise((next) => setImmediate(next));
process.stdout.write(`${mark}\n`);
setInterval(() => undefined, 60_000);
