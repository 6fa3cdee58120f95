import type { ImagePlan } from "../../images/image-handler.ts";
import { parseImageReference } from "../../images/image-handler.ts";
import type { Container } from "../pod-types.ts";
import type { AgentServices } from "./pod-context.ts";

/** The local stand-in of an image, or why there is none. */
export async function resolveImage(
  container: Container,
  services: Pick<AgentServices, "imageHandlers">,
): Promise<{ plan: ImagePlan } | { reason: string }> {
  const image = parseImageReference(container.image);
  const handler = services.imageHandlers.find((candidate) => candidate.matches(image));
  if (handler === undefined) return { reason: `no local handler for image ${container.image}; use a real cluster` };
  const resolution = await handler.resolve(image);
  return resolution.available ? { plan: resolution.plan } : { reason: resolution.reason };
}

/** An image as container runtimes list it: with registry, `library/` and tag. */
export function fullImageName(image: string): string {
  const { registry, repository, tag } = parseImageReference(image);
  const folder = registry === "docker.io" && !repository.includes("/") ? "library/" : "";
  return `${registry}/${folder}${repository}${tag.startsWith("sha256:") ? "@" : ":"}${tag}`;
}
