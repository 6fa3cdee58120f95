/** A promise with its resolvers outside, for things that one party awaits and another settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Makes a {@link Deferred}. A rejection nobody awaits does not end the process. */
export function deferred<T = void>(): Deferred<T> {
  const made = Promise.withResolvers<T>();
  made.promise.catch(() => undefined);
  return { promise: made.promise, resolve: made.resolve as (value: T) => void, reject: made.reject };
}
