/**
 * Kubernetes' own expansion: `$(NAME)` becomes the variable's value, an unknown name stays as it is, `$$(NAME)` is a
 * literal `$(NAME)`.
 */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole;
  });
}
