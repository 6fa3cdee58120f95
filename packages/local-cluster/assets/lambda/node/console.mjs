// AWS's text log format: time, request id, level and message, separated by tabs.
import { format } from "node:util";

const levels = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" };
let requestId;

export function setRequestId(id) {
  requestId = id;
}

export function log(level, message) {
  process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${message}\n`);
}

/** Makes `console` write in this format. */
export function installConsole() {
  for (const [method, level] of Object.entries(levels)) console[method] = (...parts) => log(level, format(...parts));
  console.fatal = (...parts) => log("FATAL", format(...parts));
}
