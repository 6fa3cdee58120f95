import { BackendError } from "@fc/lambda/backend";

/**
 * What a Pod runs that is there to pull an image: it tells which extensions the image has, in its termination message. An image
 * without a shell does not start, and tells nothing.
 */
export const tellExtensions: readonly string[] = [
  "/bin/sh",
  "-c",
  `{
  [ -x /bin/bash ] && echo bash || echo no bash
  for file in /opt/extensions/*; do [ -f "$file" ] && echo "\${file##*/}"; done
} >/dev/termination-log
exit 0`,
];

/**
 * The names of an image's extensions, from that message.
 * @throws BackendError `FC_LAMBDA_LAUNCH_FAILED` with reason `NoBash` when the image has what starts none of them
 */
export function toldExtensions(message: string | undefined, image: string): readonly string[] {
  const [shell, ...names] = (message ?? "").split("\n").filter((line) => line !== "");
  if (names.length > 0 && shell !== "bash")
    throw new BackendError(
      "FC_LAMBDA_LAUNCH_FAILED",
      `The image ${image} has extensions in /opt/extensions (${names.join(", ")}), and no /bin/bash to start them with`,
      { fault: "user", details: { reason: "NoBash" } },
    );
  return names;
}
