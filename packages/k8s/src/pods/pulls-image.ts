/**
 * Whether one of a Pod's images is being pulled, by its events (`Reason: message`): all that Kubernetes tells of it. It is the container
 * runtime that gives a pull up which does not go forward, and the cluster drops events after an hour. Their order does not count: events
 * of the same second have none.
 */
export function pullsImage(events: readonly string[]): boolean {
  return events.some((event) => {
    const image = /^Pulling: pulling image ("[^"]+")/i.exec(event)?.[1];
    const ended = (other: string): boolean => !other.startsWith("Pulling: ") && other.includes(`image ${image}`);
    return image !== undefined && !events.some(ended);
  });
}
