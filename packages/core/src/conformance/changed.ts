/** The same, but for these members: something with a mistake that a kit's case must find. */
export function changed<T extends object>(target: T, members: Partial<Pick<T, keyof T>>): T {
  return new Proxy(target, {
    get: (_, key) => {
      const value: unknown = Object.hasOwn(members, key) ? Reflect.get(members, key) : Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
