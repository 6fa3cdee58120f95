/** The floor: an empty node:http server. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((request, response) => {
  request.resume();
  response.end("{}");
});
server.listen(0, "127.0.0.1", () => console.log(`FAKECLOUD_PORT=${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => process.exit(0));
