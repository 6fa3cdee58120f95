import type { ImagePlan } from "../../images/image-handler.ts";
import { parseImageReference } from "../../images/image-handler.ts";
import type { Container } from "../pod-types.ts";
import type { AgentServices } from "./pod-context.ts";

/** Why a container has no image, in the kubelet's words. */
export interface ImageProblem {
  readonly reason: "ErrImagePull" | "ErrImageNeverPull" | "InvalidImageName";
  readonly message: string;
  /** The first of the events; the second says the reason. */
  readonly event: { readonly reason: string; readonly message: string };
}

/** The local stand-in of an image, or why there is none. */
export async function resolveImage(
  container: Container,
  services: Pick<AgentServices, "imageHandlers">,
): Promise<{ readonly plan: ImagePlan } | { readonly problem: ImageProblem }> {
  const { image, imagePullPolicy } = container;
  if (!imageName.test(image)) return { problem: invalidName(image) };
  const reference = parseImageReference(image);
  const handler = services.imageHandlers.find((candidate) => candidate.matches(reference));
  const resolution = await handler?.resolve(reference);
  if (resolution?.available === true) return { plan: resolution.plan };
  if (imagePullPolicy === "Never") return { problem: neverPulled(image) };
  const message = resolution?.reason ?? `no local handler for image ${image}; use a real cluster`;
  const event = { reason: "Failed", message: `Failed to pull image "${image}": ${message}` };
  return { problem: { reason: "ErrImagePull", message, event } };
}

/** [host[:port]/]path[:tag][@digest] */
const imageName =
  /^([a-zA-Z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(@[a-z0-9+.-]+:[0-9a-f]{32,})?$/;

function invalidName(image: string): ImageProblem {
  const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
  return { reason: "InvalidImageName", message, event: { reason: "InspectFailed", message } };
}

function neverPulled(image: string): ImageProblem {
  const message = `Container image "${image}" is not present with pull policy of Never`;
  return { reason: "ErrImageNeverPull", message, event: { reason: "ErrImageNeverPull", message } };
}

/** An image as container runtimes list it: with registry, `library/` and tag. */
export function fullImageName(image: string): string {
  const { registry, repository, tag } = parseImageReference(image);
  const folder = registry === "docker.io" && !repository.includes("/") ? "library/" : "";
  return `${registry}/${folder}${repository}${tag.startsWith("sha256:") ? "@" : ":"}${tag}`;
}
