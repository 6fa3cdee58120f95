import type { LaunchRequest } from "../../../src/backend/index.ts";
import { brokenRequest } from "../broken.ts";
import type { Mistake, MistakeRow } from "../mistake.ts";

function brokenFiles(
  breakIt: (file: LaunchRequest["code"]["files"][number]) => LaunchRequest["code"]["files"][number],
): Mistake {
  return brokenRequest((request) => ({
    ...request,
    code: { ...request.code, files: request.code.files.map(breakIt) },
  }));
}

export const fileMistakes: readonly MistakeRow[] = [
  ["makes all files plain", brokenFiles((file) => ({ ...file, mode: 0o644 })), ["files: files keep their content"]],
  ["makes files of links", brokenFiles(({ link: _, ...file }) => file), ["files: symbolic links stay links"]],
  [
    "has no layers",
    brokenFiles((file) => ({ ...file, path: file.path.replace(/^\/opt/, "/nowhere") })),
    ["files: modules of a layer", "files: code is in /var/task"],
  ],
];
