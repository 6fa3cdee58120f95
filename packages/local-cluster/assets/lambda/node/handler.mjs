// Finds a handler: `<path>/<module>.<member>[.<member>…]` below the task root.
import fs from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { RuntimeError } from "./errors.mjs";

/** @throws RuntimeError with AWS's type: MalformedHandlerName, ImportModuleError, UserCodeSyntaxError, HandlerNotFound. */
export async function loadHandler(root, name) {
  const [, folder, module, members] = /^(.*\/)?([^./]+)\.(.+)$/.exec(name) ?? [];
  if (name.includes("..") || module === undefined)
    throw new RuntimeError("Runtime.MalformedHandlerName", "Bad handler");
  const loaded = await load(root, folder ?? "", module);
  const found = find(loaded, members) ?? find(loaded.default, members);
  if (found === undefined) throw new RuntimeError("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof found !== "function") throw new RuntimeError("Runtime.HandlerNotFound", `${name} is not a function`);
  return found;
}

async function load(root, folder, module) {
  try {
    return await import(locate(root, folder, module));
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError("Runtime.UserCodeSyntaxError", String(error), error);
    // AWS's client gives this name to what `require` misses only, not to what `import` does.
    if (error?.code === "MODULE_NOT_FOUND") throw new RuntimeError("Runtime.ImportModuleError", String(error), error);
    throw error;
  }
}

function locate(root, folder, module) {
  const base = resolve(root, folder, module);
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const path = base + extension;
    if (fs.statSync(path, { throwIfNoEntry: false })?.isFile()) return pathToFileURL(path).href;
  }
  // Neither: a package, as `require` finds it from the task root (and from NODE_PATH, for layers).
  return pathToFileURL(createRequire(join(root, folder, "index.js")).resolve(module)).href;
}

function find(value, members) {
  return members.split(".").reduce((object, member) => object?.[member], value);
}
