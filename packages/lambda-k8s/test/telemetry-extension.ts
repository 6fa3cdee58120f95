/** The program of an extension that subscribes and prints every event that it is sent, a line each: `telemetry <JSON>`. */
export const telemetryProgram = "/opt/extensions/telemetry";

/**
 * In Node, over HTTP.
 * @param request replaces members of the request to subscribe; its URI is the listener's own
 * @param listener `pauseMs` before it takes a batch; `counts`: prints `counted <events> <dropped>` after a batch instead of the events
 */
export function nodeTelemetry(
  api: "telemetry" | "logs" = "telemetry",
  request: object = {},
  { pauseMs = 0, counts = false }: { readonly pauseMs?: number; readonly counts?: boolean } = {},
): Readonly<Record<string, string>> {
  const path = api === "telemetry" ? "/2022-07-01/telemetry" : "/2020-08-15/logs";
  return {
    [telemetryProgram]: `#!/usr/bin/env node
const http = require("node:http");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const call = (method, path, headers, body = "") => new Promise((resolve, reject) => {
  const sent = http.request({ host, port, method, path, headers, agent: false }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
  });
  sent.on("error", reject).end(body);
});
let [received, dropped] = [0, 0];
const show = (text) => {
  for (const event of JSON.parse(text)) {
    if (event.type === "platform.logsDropped") dropped += event.record.droppedRecords;
    else received += 1;
    // What it prints about what it prints would have no end.
    const own = event.type === "extension" && event.record.startsWith("telemetry ");
    if (!${counts} && !own) console.log("telemetry " + JSON.stringify(event));
  }
  if (${counts}) console.log("counted " + received + " " + dropped);
};
const listener = http.createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (chunk) => (text += chunk)).on("end", () => setTimeout(() => { show(text); response.end(); }, ${pauseMs}));
});
(async () => {
  const registered = await call("POST", "/2020-01-01/extension/register", { "Lambda-Extension-Name": "telemetry" }, '{"events":["INVOKE","SHUTDOWN"]}');
  const headers = { "Lambda-Extension-Identifier": registered.headers["lambda-extension-identifier"] };
  const host = process.env.TELEMETRY_HOST ?? "sandbox.localdomain";
  await new Promise((resolve) => listener.listen(0, host, resolve));
  const URI = "http://sandbox.localdomain:" + listener.address().port + "/telemetry";
  const body = { schemaVersion: "2022-12-13", types: ["platform", "function"], buffering: { timeoutMs: 25 }, destination: { protocol: "HTTP", URI }, ...${JSON.stringify(request)} };
  const answer = await call("PUT", "${path}", headers, JSON.stringify(body));
  console.log("subscribed " + answer.status + " " + answer.text);
  for (;;) {
    const { text } = await call("GET", "/2020-01-01/extension/event/next", headers);
    if (JSON.parse(text).eventType === "SHUTDOWN") process.exit(0);
  }
})();
`,
  };
}

/** The same in Python, whose server answers with HTTP/1.0 and no length; the batches come over TCP when \`tcp\` is set. */
export function pythonTelemetry(tcp = false): Readonly<Record<string, string>> {
  return {
    [telemetryProgram]: `#!/usr/bin/env python3
import http.client, http.server, json, os, socketserver, sys, threading
HOST = os.environ.get("TELEMETRY_HOST", "sandbox.localdomain")
def call(method, path, headers, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()
reported = threading.Event()
def show(event):
    print("telemetry " + json.dumps(event, separators=(",", ":")), flush=True)
    if event["type"] == "platform.report":
        reported.set()
class Batches(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for event in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            show(event)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            show(json.loads(line))
tcp = ${tcp ? "True" : "False"}
_, headers, _ = call("POST", "/2020-01-01/extension/register", {"Lambda-Extension-Name": "telemetry"}, '{"events":["INVOKE","SHUTDOWN"]}')
identity = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
server = (socketserver.TCPServer if tcp else http.server.HTTPServer)((HOST, 0), Lines if tcp else Batches)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_address[1]
destination = {"protocol": "TCP", "port": port} if tcp else {"protocol": "HTTP", "URI": "http://sandbox.localdomain:%d" % port}
body = {"schemaVersion": "2022-12-13", "types": ["platform", "function"], "buffering": {"timeoutMs": 25}, "destination": destination}
print("subscribed", *call("PUT", "/2022-07-01/telemetry", identity, json.dumps(body))[::2], flush=True)
while True:
    _, _, text = call("GET", "/2020-01-01/extension/event/next", identity)
    if json.loads(text)["eventType"] == "SHUTDOWN":
        # Over TCP nobody waits until this program has read what was sent.
        if tcp:
            reported.wait(1.5)
        sys.exit(0)
`,
  };
}

/** The same in Go, for environments that have no interpreter. */
export const goTelemetry = `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

var api = "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API")
var id string

func call(method, path, body string) (*http.Response, string) {
	request, _ := http.NewRequest(method, api+path, bytes.NewBufferString(body))
	request.Header.Set("Lambda-Extension-Name", "telemetry")
	request.Header.Set("Lambda-Extension-Identifier", id)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		os.Exit(1)
	}
	text, _ := io.ReadAll(answer.Body)
	return answer, strings.TrimSpace(string(text))
}

func main() {
	registered, _ := call("POST", "/2020-01-01/extension/register", "{\\"events\\":[\\"INVOKE\\",\\"SHUTDOWN\\"]}")
	id = registered.Header.Get("Lambda-Extension-Identifier")
	host := os.Getenv("TELEMETRY_HOST")
	if host == "" {
		host = "sandbox.localdomain"
	}
	listener, err := net.Listen("tcp", host+":0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		var events []json.RawMessage
		json.NewDecoder(request.Body).Decode(&events)
		for _, event := range events {
			fmt.Println("telemetry", string(event))
		}
	}))
	port := listener.Addr().(*net.TCPAddr).Port
	subscribed, text := call("PUT", "/2022-07-01/telemetry", fmt.Sprintf(
		"{\\"schemaVersion\\":\\"2025-01-29\\",\\"types\\":[\\"platform\\",\\"function\\"],\\"buffering\\":{\\"timeoutMs\\":25},\\"destination\\":{\\"protocol\\":\\"HTTP\\",\\"URI\\":\\"http://sandbox.localdomain:%d\\"}}", port))
	fmt.Println("subscribed", subscribed.StatusCode, text)
	for {
		if _, event := call("GET", "/2020-01-01/extension/event/next", ""); strings.Contains(event, "SHUTDOWN") {
			return
		}
	}
}
`;

export interface SeenEvent {
  readonly time: string;
  readonly type: string;
  readonly record: unknown;
}

/** What the extension was sent, from the environment's log. */
export function seenEvents(log: string): readonly SeenEvent[] {
  return [...log.matchAll(/^telemetry (.*)$/gm)].map(([, json = ""]) => JSON.parse(json) as SeenEvent);
}
