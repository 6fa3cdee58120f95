import { BackendError } from "@fc/lambda/backend";

/** How the function's code gets into the runtime: see `assets/gate.*`. */
export type GateKind = "node" | "python" | "shell";

/** What starts the function: the image's entrypoint, or a program that the function brings. */
export type EntryKind = "image" | "bootstrap";

export interface RuntimeImage {
  /** `<base>:<tag>` below the registry. */
  readonly image: string;
  readonly gate: GateKind;
  readonly entry: EntryKind;
}

const form = /^(python|nodejs|java|ruby|dotnet|go|provided)(.*)$/;

/**
 * Variables that only count when a process starts: with one of them set by the function, the runtime must start after the
 * function's environment is known. Of Node's own, those are all but three.
 */
const bootVariables =
  /^(NODE_(?!(ENV|PATH|TLS_REJECT_UNAUTHORIZED)$).*|UV_.*|PYTHON.*|LANG|LC_.*|LD_.*|GLIBC_TUNABLES|MALLOC_.*|OPENSSL_CONF|SSL_CERT_.*|AWS_LAMBDA_EXEC_WRAPPER|AWS_LAMBDA_LOG_.*)$/;

/** Node has `--import` in all of its releases from here on. */
const firstNodeWithImport = 20;

/**
 * The image of a runtime: `nodejs22.x` → `nodejs:22`, `python3.13` → `python:3.13`, `provided.al2023` → `provided:al2023`.
 * @throws BackendError `FC_LAMBDA_RUNTIME_UNSUPPORTED`
 */
export function runtimeImage(runtime: string, environment: Readonly<Record<string, string>> = {}): RuntimeImage {
  const [, base = "", rest = ""] = form.exec(runtime) ?? [];
  const tag = base === "provided" ? providedTag(rest) : rest.replace(/\.x$/, "");
  if (base === "" || tag === "") {
    const message = `There is no image for runtime "${runtime}"; supported are the runtimes of managed base images`;
    throw new BackendError("FC_LAMBDA_RUNTIME_UNSUPPORTED", message, { fault: "user" });
  }
  const boots = Object.keys(environment).some((name) => bootVariables.test(name));
  return {
    image: `${base}:${tag}`,
    gate: boots ? "shell" : gateKind(base, tag),
    entry: base === "provided" ? "bootstrap" : "image",
  };
}

function providedTag(rest: string): string {
  // The runtime `provided` without a suffix is Amazon Linux 1.
  return rest === "" ? "alami" : rest.replace(/^\./, "");
}

function gateKind(base: string, tag: string): GateKind {
  if (base === "nodejs" && Number.parseInt(tag, 10) >= firstNodeWithImport) return "node";
  return base === "python" && tag.startsWith("3.") ? "python" : "shell";
}
