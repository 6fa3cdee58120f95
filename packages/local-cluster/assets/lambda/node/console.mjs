// AWS's log formats. Text: time, request id, level and message, separated by tabs. JSON: an object a line, from the function's level on.
import { format } from "node:util";

const levels = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" };
const order = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
let requestId;

export function setRequestId(id) {
  requestId = id;
}

/** `label` stands before it as text only. */
export function logError(label, { errorType, errorMessage, trace }) {
  if (isJson()) writeJson("ERROR", { message: { errorType, errorMessage, stackTrace: trace } });
  else writeText("ERROR", `${label} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`);
}

/** Makes `console` write in the function's format. */
export function installConsole() {
  const install = (method, level) => {
    console[method] = (...parts) =>
      isJson() ? writeJson(level, messageOf(parts)) : writeText(level, format(...parts));
  };
  for (const [method, level] of Object.entries(levels)) install(method, level);
  install("fatal", "FATAL");
}

/** Asked when something is written: the function's environment comes after this module. */
function isJson() {
  return process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
}

function writeText(level, message) {
  process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${message}\n`);
}

function writeJson(level, rest) {
  if (order.indexOf(level) < order.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase())) return;
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, requestId, ...rest })}\n`);
}

/** One object stays an object, an error becomes one; of an error among other things its parts are members of their own. */
function messageOf(parts) {
  const error = parts.find((part) => part instanceof Error);
  const described = error && {
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: error.stack?.split("\n"),
  };
  if (parts.length > 1) return { message: format(...parts), ...described };
  return { message: described ?? (isPlain(parts[0]) ? parts[0] : format(...parts)) };
}

function isPlain(value) {
  try {
    return typeof value === "object" && value !== null && JSON.stringify(value) !== undefined;
  } catch {
    return false; // it refers to itself
  }
}
