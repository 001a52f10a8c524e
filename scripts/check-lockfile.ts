// `npm ci` refuses a lockfile in which a platform's optional package is missing, so every one must be named.
import { readFileSync } from "node:fs";

interface Entry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as {
  packages: Record<string, Entry>;
};

const names = new Set(
  Object.keys(lock.packages)
    .filter((path) => path.includes("node_modules/"))
    .map((path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)),
);
const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !names.has(name))
    .map((name) => `${path || "the root"} wants ${name}, which the lockfile does not name`),
);
const addresses = Object.entries(lock.packages)
  .filter(([, entry]) => entry.resolved?.startsWith("http"))
  .map(([path]) => `${path} names a download address`);

const faults = [...missing, ...addresses];
for (const fault of faults) console.error(`package-lock.json: ${fault}`);
if (faults.length > 0) process.exit(1);
console.log(`package-lock.json: complete, ${names.size} packages`);
