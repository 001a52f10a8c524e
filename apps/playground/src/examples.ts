import { addMount, Config, defaultConfig } from "@ocikit/oci-spec";

/** A document with something to see in it. */
export interface ExampleDocument {
  readonly name: string;
  readonly text: string;
}

const digest = `sha256:${"0".repeat(64)}`;

/** What the page begins with, and what can be chosen. */
export function examples(): readonly ExampleDocument[] {
  const config = Config.stringify(
    addMount(defaultConfig(), {
      destination: "data",
      type: "bind",
      source: "/srv",
      options: ["rbind", "RO"],
    }),
    "  ",
  );
  return [
    {
      name: "a config with slips",
      text: config.replace('"hostname"', '"Hostname"').replace('"CAP_KILL"', '"CAP_KIL"'),
    },
    { name: "a config like that of runc spec", text: Config.stringify(defaultConfig(), "  ") },
    {
      name: "an image manifest",
      text: JSON.stringify(
        {
          schemaVersion: 2,
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 7023 },
          layers: [
            {
              mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
              digest: "sha256:12",
              size: -1,
            },
          ],
        },
        null,
        2,
      ),
    },
  ];
}
