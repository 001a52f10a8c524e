// A containerd as the suite of every runtime wants it.
import type { Commands, Feature, RuntimeUnderTest } from "../suite/runtime-under-test.ts";
import { type ContainerdOptions, startContainerd, testImage } from "./containerd.ts";
import { serveImage } from "./image-registry.ts";

const sh = (script: string): readonly string[] => ["sh", "-c", script];

/** The suite's commands in the words of busybox. */
const commands: Commands = {
  wait: sh("trap '' TERM; echo ready; while :; do sleep 1; done"),
  waitForTerm: sh("trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"),
  exit: (code) => sh(`echo out; echo err >&2; exit ${code}`),
  copy: ["cat"],
  readLine: sh('read line; echo "got $line"'),
  write: (bytes) => sh(`head -c ${bytes} /dev/zero`),
  tick: sh("i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.02; done"),
  watchSize: sh(
    'old=; while :; do new=$(stty size); [ "$new" = "$old" ] || echo "size $new"; old=$new; sleep 0.05; done',
  ),
  echoServer: (port) => ["nc", "-ll", "-p", String(port), "-e", "cat"],
  printEnv: (name) => sh(`echo "$${name}"`),
};

/** Starts it, with a registry beside it to pull from. */
export async function containerdUnderTest(
  options: ContainerdOptions & { readonly features: readonly Feature[] },
): Promise<RuntimeUnderTest> {
  const containerd = await startContainerd(options);
  const registry = await serveImage(containerd.otherLayout, "1");
  return {
    cri: containerd.cri,
    endpoint: containerd.endpoint,
    folder: containerd.folder,
    image: { reference: testImage, id: containerd.imageId },
    pullable: `${registry.host}/other:1`,
    commands,
    features: new Set(options.features),
    podDefaults: {
      linux: {
        cgroupParent: "/ocikit-cri",
        // The host's network: there is no other here without a bridge of its own.
        securityContext: { namespaceOptions: { network: 2 } },
      },
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await containerd[Symbol.asyncDispose]();
    },
  };
}
