/** Variables that would disturb the set-up's own programs, or that a POSIX shell drops, are set at the very end. */
export function splitEnvironment(all: Readonly<Record<string, string>>): {
  env: Record<string, string>;
  late: string[];
} {
  const env: Record<string, string> = {};
  const late: string[] = [];
  for (const [name, value] of Object.entries(all)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.startsWith("LD_")) env[name] = value;
    else late.push(`${name}=${value}`);
  }
  return { env, late };
}
