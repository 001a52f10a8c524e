// npm start: installs what is missing, builds, and shows the way from a program to a container.
import { handOver, installPackages } from "./bootstrap.mjs";

installPackages();
handOver("scripts/start/main.ts", process.argv.slice(2));
