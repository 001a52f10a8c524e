// npm run build:native: the launcher and ocirun, and with --tests what the tests drive besides.
import { fileURLToPath } from "node:url";
import { openWorkshop } from "./native/executable.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const forTests = process.argv.includes("--tests");

const workshop = openWorkshop();
if (!workshop.ok) {
  console.error(`ocirun's static body can't be built: ${workshop.why}`);
  process.exit(1);
}
const products: Record<string, string> = {
  ...(forTests && { "host-agent": `${root}packages/runtime-core/test/host/agent.ts` }),
};
if (forTests) {
  const made = workshop.value.sanitized();
  if (!made.ok) {
    console.error(made.why);
    process.exit(1);
  }
}
for (const [name, entry] of Object.entries(products)) {
  const made = await workshop.value.executable(name, entry);
  if (!made.ok) {
    console.error(made.why);
    process.exit(1);
  }
  console.log(`built ${made.value}`);
}
