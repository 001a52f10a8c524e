// npm test: installs what is missing, builds what the tests run, runs them, counts them.
import { handOver, installPackages } from "./bootstrap.mjs";

installPackages();
handOver("scripts/test/main.ts", process.argv.slice(2));
