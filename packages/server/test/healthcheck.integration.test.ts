import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { healthcheckCommand } from "../src/cli/healthcheck-command.ts";

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

test("asks the server at the address of the settings, and tells by its exit code", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(request.url === "/_fakecloud/health" ? 200 : 503).end("{}");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const check = (ready: boolean): Promise<number> =>
    healthcheckCommand(
      { environment: { FAKECLOUD_ADDR: `0.0.0.0:${port}` }, stdout: nowhere(), stderr: nowhere() },
      { flags: {}, ready },
    );
  expect([await check(false), await check(true)]).toEqual([0, 1]);
  expect(asked).toEqual(["/_fakecloud/health", "/_fakecloud/ready"]);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  expect(await check(false)).toBe(1);
});
