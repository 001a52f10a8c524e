// Runs a pod in whatever runtime listens on this machine. node examples/run-pod.ts
import { connect, runPod } from "@ocikit/cri-client";

await using cri = await connect(); // $CONTAINER_RUNTIME_ENDPOINT, or where runtimes usually listen
await using pod = await runPod(cri, {
  name: "web",
  containers: { main: { image: "docker.io/library/busybox:1", command: ["sleep", "infinity"] } },
});

await using uname = await pod.containers.main.exec(["uname", "-sr"]);
const { code, stdout } = await uname.output();
console.log(`exited with ${code}: ${stdout.trim()}`);
// At the end of the scope the pod is stopped and removed, with its containers and logs.
