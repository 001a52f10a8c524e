import { describeWriter } from "./written-specs.ts";

const words = `
buildah() { command buildah --root /tmp/b/root --runroot /tmp/b/run --storage-driver vfs "$@"; }
run() { buildah run --runtime "$RUNTIME" --isolation oci --network none "$@"; }
`;

describeWriter({
  name: "buildah",
  programs: ["buildah"],
  words,
  start: `
buildah from --name work scratch >/dev/null
buildah copy --quiet work /tmp/rootfs / >/dev/null
`,
  commands: {
    "a step of a build": "run work true",
    "one with the host's network":
      'buildah run --runtime "$RUNTIME" --isolation oci --network host work true',
    "one with a terminal": `terminal "buildah --root /tmp/b/root --runroot /tmp/b/run --storage-driver vfs run --runtime $RUNTIME --isolation oci --network none -t work true"`,
    "one with volumes, an environment and another user":
      "run -v /tmp:/m:ro --mount type=tmpfs,destination=/t --env A=1 --user 1000:1000 --workingdir /tmp work true",
    "one with other capabilities and a host name":
      "run --cap-add CAP_SYS_ADMIN --cap-drop CAP_CHOWN --hostname box work true",
  },
});
