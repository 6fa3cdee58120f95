import type { Files } from "./code-package.ts";

/** An external extension in Node.js that prints every event of the Telemetry API that it is sent: `telemetry <JSON>`, a line each. */
const text = `#!/usr/bin/env node
const http = require("node:http");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const call = (method, path, headers, body = "") => new Promise((resolve, reject) => {
  const sent = http.request({ host, port, method, path, headers, agent: false }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("end", () => resolve({ headers: answer.headers, text }));
  });
  sent.on("error", reject).end(body);
});
const listener = http.createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("end", () => {
    for (const event of JSON.parse(text)) console.log("telemetry " + JSON.stringify(event));
    response.end();
  });
});
listener.listen(0, "0.0.0.0", async () => {
  const extension = "/2020-01-01/extension/";
  const registered = await call("POST", extension + "register", { "Lambda-Extension-Name": "telemetry" }, '{"events":["INVOKE","SHUTDOWN"]}');
  const headers = { "Lambda-Extension-Identifier": registered.headers["lambda-extension-identifier"] };
  const destination = { protocol: "HTTP", URI: "http://sandbox.localdomain:" + listener.address().port };
  const subscription = { schemaVersion: "2022-12-13", types: ["platform", "function"], buffering: { timeoutMs: 25 }, destination };
  const answer = await call("PUT", "/2022-07-01/telemetry", headers, JSON.stringify(subscription));
  console.log("subscribed " + answer.text);
  for (;;) {
    const { text } = await call("GET", extension + "event/next", headers);
    if (JSON.parse(text).eventType === "SHUTDOWN") process.exit(0);
  }
});
`;

/** The extension as a layer brings it. */
export function telemetryProbe(): Files {
  return { "/opt/extensions/telemetry": { text, mode: 0o755 } };
}

export interface ProbedEvent {
  readonly time: string;
  readonly type: string;
  readonly record: unknown;
}

/** What the extension was sent, as the environment's log has it. */
export function probedEvents(log: string): readonly ProbedEvent[] {
  return [...log.matchAll(/^telemetry (.*)\n/gm)].map(([, json = ""]) => JSON.parse(json) as ProbedEvent);
}
