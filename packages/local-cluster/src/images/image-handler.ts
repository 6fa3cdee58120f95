/** A container image reference, taken apart the way a container runtime does. */
export interface ImageReference {
  /** `docker.io` when the reference names none. */
  readonly registry: string;
  /** Without registry and tag; official images of Docker Hub lose their `library/` prefix: `redis`, `lambda/nodejs`. */
  readonly repository: string;
  /** `latest` when the reference names none. With a digest and no tag it is the digest (`sha256:…`). */
  readonly tag: string;
}

/** A process that a container is about to run. `argv[0]` is looked up on the `PATH` of `env`. */
export interface ContainerCommand {
  argv: string[];
  env: Record<string, string>;
}

/** What a local program needs to stand in for an image. Paths are container paths unless said otherwise. */
export interface ImagePlan {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** The image's own environment. `PATH` defaults to the usual directories of the machine. */
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Container path → host path of a file or folder, read-only: bind-mounted, or rewritten at isolation level "plain". */
  readonly files: Readonly<Record<string, string>>;
  /** Small shell scripts, by program name, put first on the container's `PATH` (also for exec). */
  tools?(pod: { readonly ip: string }): Readonly<Record<string, string>>;
  /** Folders that the image declares as volumes: they exist, empty and writable, even when the Pod mounts nothing there. */
  readonly volumes?: readonly string[];
  /** Told to the user as Warning events of the Pod. */
  readonly warnings?: readonly { readonly reason: string; readonly message: string }[];
  /** Last change before the start, e.g. "listen on all addresses" becomes "listen on the Pod's own address". */
  adapt?(process: ContainerCommand, pod: { readonly ip: string }): ContainerCommand;
}

export type ImageResolution =
  | { readonly available: true; readonly plan: ImagePlan }
  /** `reason` says what to install. */
  | { readonly available: false; readonly reason: string };

/** Maps image references to programs of this machine. The first handler that matches decides. */
export interface ImageHandler {
  matches(image: ImageReference): boolean;
  resolve(image: ImageReference): Promise<ImageResolution>;
}

/** Takes `registry/repository:tag@digest` apart. A first part with a dot, a port or `localhost` is a registry, as in Docker. */
export function parseImageReference(text: string): ImageReference {
  const [withoutDigest = "", digest] = text.split("@", 2);
  const slash = withoutDigest.indexOf("/");
  const first = slash < 0 ? "" : withoutDigest.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === "localhost";
  const path = hasRegistry ? withoutDigest.slice(slash + 1) : withoutDigest;
  const colon = path.lastIndexOf(":");
  const named = colon > path.lastIndexOf("/");
  const repository = named ? path.slice(0, colon) : path;
  return {
    registry: !hasRegistry || first === "index.docker.io" ? "docker.io" : first,
    repository: repository.replace(/^library\//, ""),
    tag: named ? path.slice(colon + 1) : (digest ?? "latest"),
  };
}
