import { spawnSync } from "node:child_process";
import { have } from "./run.ts";

interface Engine {
  readonly name: string;
  /** Any one of these will do. */
  readonly programs: readonly string[];
  readonly apt: string;
  readonly brew: string;
}

const engines: readonly Engine[] = [
  { name: "redis or valkey", programs: ["redis-server", "valkey-server"], apt: "redis-server", brew: "redis" },
  { name: "memcached", programs: ["memcached"], apt: "memcached", brew: "memcached" },
];

/**
 * Makes sure that the engines of ElastiCache are on this machine: installs them with apt (as root, or with sudo that asks no
 * password) or brew, else says what to install. Their absence stops nothing but the caches that need them.
 */
export function ensureEngines(): void {
  const missing = engines.filter(({ programs }) => !programs.some(have));
  if (missing.length === 0) return;
  console.error(`installing ${missing.map(({ name }) => name).join(" and ")}`);
  install(missing);
  for (const { name, apt, brew, programs } of missing) {
    if (programs.some(have)) continue;
    console.error(
      `${name} is not installed and could not be: caches of that engine will not start until you install it`,
    );
    console.error(`  Debian, Ubuntu: sudo apt-get install ${apt}    macOS: brew install ${brew}`);
  }
}

function install(missing: readonly Engine[]): void {
  const quiet = { stdio: "ignore" as const };
  if (have("apt-get")) {
    const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
    if (sudo.length > 0 && spawnSync("sudo", ["-n", "true"], quiet).status !== 0) return;
    const apt = (...args: string[]): void => {
      const [command = "apt-get", ...rest] = [
        ...sudo,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-qq",
        ...args,
      ];
      spawnSync(command, rest, quiet);
    };
    // A package that starts a daemon would take the engine's well-known port: policy-rc.d is honoured, and where there is no
    // init system nothing starts anyway.
    apt("update");
    apt("install", "-y", "--no-install-recommends", ...missing.map((engine) => engine.apt));
  } else if (have("brew")) {
    spawnSync("brew", ["install", ...missing.map((engine) => engine.brew)], quiet);
  }
}
