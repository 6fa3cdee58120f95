import { cloneJson, equalJson, isJsonObject, type JsonObject } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";

/**
 * Applies an RFC 6902 patch to a copy of `target`.
 *
 * @throws StatusError 400 when `patch` is not a list of operations, 422 when one of them does not apply.
 */
export function applyJsonPatch(target: JsonObject, patch: unknown): JsonObject {
  if (!Array.isArray(patch)) throw StatusError.badRequest("a JSON patch has to be a list of operations");
  // The document sits under one key, so that a pointer to the root works like any other.
  const holder = { root: cloneJson(target) as unknown };
  for (const operation of patch) {
    if (!isJsonObject(operation)) throw StatusError.badRequest("a JSON patch operation has to be an object");
    applyOperation(holder, operation);
  }
  if (!isJsonObject(holder.root)) throw failed("the patch does not leave an object");
  return holder.root;
}

function applyOperation(holder: { root: unknown }, operation: JsonObject): void {
  const path = String(operation["path"] ?? "");
  switch (operation["op"]) {
    case "add":
      insert(holder, path, cloneJson(operation["value"]));
      return;
    case "remove":
      remove(holder, path);
      return;
    case "replace":
      read(holder, path);
      replace(holder, path, cloneJson(operation["value"]));
      return;
    case "move": {
      const from = String(operation["from"] ?? "");
      const value = read(holder, from);
      remove(holder, from);
      insert(holder, path, value);
      return;
    }
    case "copy":
      insert(holder, path, cloneJson(read(holder, String(operation["from"] ?? ""))));
      return;
    case "test":
      if (equalJson(read(holder, path), operation["value"])) return;
      throw failed(`testing path ${path} failed`);
    default:
      throw StatusError.badRequest(`unknown JSON patch operation ${JSON.stringify(operation["op"])}`);
  }
}

function locate(holder: { root: unknown }, pointer: string): { parent: unknown; key: string } {
  if (pointer !== "" && !pointer.startsWith("/"))
    throw failed(`the path ${JSON.stringify(pointer)} does not start with "/"`);
  const steps = [
    "root",
    ...pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")),
  ];
  const key = steps.pop() ?? "";
  let parent: unknown = holder;
  for (const step of steps) parent = memberOf(parent, step);
  return { parent, key };
}

function memberOf(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return parent[indexIn(parent, key, parent.length - 1)];
  if (isJsonObject(parent) && Object.hasOwn(parent, key)) return parent[key];
  throw failed(`nothing at ${JSON.stringify(key)}`);
}

function read(holder: { root: unknown }, pointer: string): unknown {
  const { parent, key } = locate(holder, pointer);
  return memberOf(parent, key);
}

function insert(holder: { root: unknown }, pointer: string, value: unknown): void {
  const { parent, key } = locate(holder, pointer);
  if (Array.isArray(parent)) parent.splice(key === "-" ? parent.length : indexIn(parent, key, parent.length), 0, value);
  else setMember(parent, key, value);
}

function replace(holder: { root: unknown }, pointer: string, value: unknown): void {
  const { parent, key } = locate(holder, pointer);
  if (Array.isArray(parent)) parent[indexIn(parent, key, parent.length - 1)] = value;
  else setMember(parent, key, value);
}

function remove(holder: { root: unknown }, pointer: string): void {
  const { parent, key } = locate(holder, pointer);
  memberOf(parent, key);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (isJsonObject(parent)) Reflect.deleteProperty(parent, key);
}

function setMember(parent: unknown, key: string, value: unknown): void {
  if (!isJsonObject(parent)) throw failed(`nothing can be added at ${JSON.stringify(key)}`);
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
}

function indexIn(list: readonly unknown[], key: string, last: number): number {
  const index = /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  if (index < 0 || index > last) throw failed(`${JSON.stringify(key)} is not an index of a list of ${list.length}`);
  return index;
}

function failed(why: string): StatusError {
  return new StatusError(422, "Invalid", `the server rejected our request due to an error in our request: ${why}`, {});
}
