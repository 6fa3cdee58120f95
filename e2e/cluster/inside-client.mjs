/**
 * Runs in a Job of the cluster tests, in the server's image: uses the server by its Service as any other Pod of the namespace would, with
 * nothing but what Node.js has. Prints what it got as JSON.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const { SERVER: server, CODE: code, CACHE: cacheId } = process.env;

const headers = (service) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

async function lambda(method, path, body) {
  const answer = await fetch(`${server}/2015-03-31/functions${path}`, {
    method,
    headers: headers("lambda"),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

async function elasticache(parameters) {
  const body = new URLSearchParams({ Version: "2015-02-02", ...parameters });
  const answer = await fetch(server, { method: "POST", headers: headers("elasticache"), body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${parameters.Action}: ${answer.status} ${text}`);
  return text;
}

async function createFunction() {
  await lambda("POST", "", {
    FunctionName: "inside",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/test",
    Code: { ZipFile: code },
  });
  while ((await lambda("GET", "/inside/configuration")).State === "Pending") await delay(200);
}

async function endpoint() {
  const text = await elasticache({
    Action: "DescribeCacheClusters",
    CacheClusterId: cacheId,
    ShowCacheNodeInfo: "true",
  });
  return /<Address>([^<]+)<\/Address>/.exec(text)[1];
}

async function ask(address, command) {
  const socket = connect(6379, address);
  socket.write(`${command}\r\n`);
  const [data] = await once(socket, "data");
  socket.destroy();
  return data.toString();
}

await createFunction();
const address = await endpoint();
const answer = await lambda("POST", "/inside/invocations", { Address: address });
console.log(JSON.stringify({ address, answer, got: await ask(address, "GET n"), user: process.getuid() }));
