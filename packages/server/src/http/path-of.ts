/** The path of a request's target, without its query. */
export function pathOf({ target }: { readonly target: string }): string {
  return target.split("?", 1)[0] ?? "/";
}
