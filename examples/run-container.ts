// As root, with a bundle of yours: node examples/run-container.ts bundle
import { LaunchError, Runtime } from "@ocikit/runtime-core";

const runtime = new Runtime({ root: process.env.OCIRUN_ROOT ?? "/run/ocirun" });
const bundle = process.argv[2] ?? "bundle";
try {
  // Its scope deletes it: processes, cgroups, state.
  await using web = await runtime.create("web", { bundle, stdio: "pipe" });
  await web.start();
  await using shell = await web.exec(["sh", "-c", "echo beside $(cat /proc/1/comm)"]);
  console.log((await new Response(shell.stdout).text()).trim());
  await web.stdin.close();
  console.log((await new Response(web.stdout).text()).trim());
  const { code, signal } = await web.wait({ signal: AbortSignal.timeout(10_000) });
  console.log(`ended with ${code ?? signal}`);
} catch (error) {
  if (!(error instanceof LaunchError)) throw error;
  console.error(`${error.step?.op} of ${error.pointer}: ${error.syscall}: ${error.errno}`);
}
