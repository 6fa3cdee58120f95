// A server that is to be killed: runs ten Pods, each with children that called setsid, and prints the mark of all processes.
import type { IsolationLevel } from "../src/node/isolation/isolation.ts";
import { processesWith, startFixture } from "./node-fixture.ts";

const names = Array.from({ length: 10 }, (_, index) => `victim-${index}`);
const mark = `${900_000_000 + process.pid}`;
const fixture = await startFixture({ isolation: process.argv[2] as IsolationLevel });
const script = `setsid sleep ${mark} & setsid sleep ${mark} & echo both; exec sleep ${mark}`;
const user = process.argv[3] ?? "";
const securityContext = user === "" ? {} : { runAsUser: Number(user) };
for (const name of names) fixture.create(name, { command: ["sh", "-c", script] }, { securityContext });
await Promise.all(names.map((name) => fixture.until(name, (pod) => pod?.status?.phase === "Running")));
while ((await processesWith(mark)) < names.length * 3) await new Promise((next) => setImmediate(next));
process.stdout.write(`${mark}\n`);
setInterval(() => undefined, 60_000);
