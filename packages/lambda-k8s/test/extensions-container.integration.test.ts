import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readGateSources } from "../src/index.ts";

/** What the container of an image's extensions runs, as a process of this machine. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fc-extensions-"));
  await mkdir(join(folder, "extensions"));
});
afterEach(() => rm(folder, { recursive: true }));

test("an extension whose log channel is refused runs all the same, and writes into the container's log", async () => {
  const posted: string[] = [];
  await using server = createServer((request, response) => {
    if (request.method === "POST") posted.push(request.url ?? "");
    response.writeHead(request.method === "POST" ? 204 : 503).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const program = "#!/bin/bash\necho at work\necho with a care >&2\nexit 3\n";
  await writeFile(join(folder, "extensions/watch"), program, { mode: 0o755 });

  const script = readGateSources().extensions.replace("fc_opt=/opt", `fc_opt=${folder}`);
  const env = {
    PATH: process.env["PATH"],
    FC_GATE: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    FC_TOKEN: "t",
  };
  const { stdout } = await promisify(execFile)("/bin/bash", ["-c", script, "fc-extensions", "run", "watch"], { env });

  expect(stdout).toBe("at work\nwith a care\n");
  expect(posted).toEqual(["/gate/t/started", "/gate/t/extension/0/3"]);
});
