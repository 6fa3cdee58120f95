import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importDerivedImage } from "./derived-image.ts";

const app = `
const fs = require("node:fs");
console.log("module loaded");
if (process.env.STARTED) console.log("after the extension: " + fs.existsSync(process.env.STARTED));
exports.own = async (event, context) => {
  console.log("event " + JSON.stringify(event));
  if (event.throw) throw new TypeError(event.throw);
  if (event.exit !== undefined) process.exit(event.exit);
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  return { own: "from the image", opt: fs.readFileSync("/opt/own.txt", "utf8"), event, greeting: process.env.GREETING, region: process.env.AWS_REGION,
    endpoint: process.env.AWS_ENDPOINT_URL, name: context.functionName, arn: context.invokedFunctionArn, handler: "own" };
};
exports.other = async () => ({ handler: "other", folder: process.cwd() });
`;

/** The base with a function of its own. @param extensions text of each */
export function importFunctionImage(
  base: string,
  name: string,
  extensions: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable> {
  return importDerivedImage({
    base,
    name,
    config: { Cmd: ["app.own"] },
    fill: async (folder) => {
      await mkdir(join(folder, "var/task"), { recursive: true });
      await mkdir(join(folder, "opt"), { recursive: true });
      await writeFile(join(folder, "var/task/app.js"), app);
      await writeFile(join(folder, "opt/own.txt"), "a file of the image in /opt");
      // As `other` runs with /opt as its folder.
      await writeFile(join(folder, "opt/app.js"), app);
      if (Object.keys(extensions).length > 0) await mkdir(join(folder, "opt/extensions"));
      for (const [file, text] of Object.entries(extensions))
        await writeFile(join(folder, "opt/extensions", file), text, { mode: 0o755 });
    },
  });
}
