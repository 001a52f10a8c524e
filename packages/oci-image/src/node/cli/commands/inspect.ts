import { formatPlatform } from "../../../platform.ts";
import { argument, type Command, flag } from "../command.ts";
import { documentOf, imageOf, openSource, PLATFORM_OPTION, REGISTRY_OPTIONS } from "../location.ts";
import { formatBytes } from "../progress.ts";

export const inspectCommand: Command = {
  name: "inspect",
  usage: "IMAGE",
  summary: "show what an image is, or one of its documents",
  options: {
    ...PLATFORM_OPTION,
    ...REGISTRY_OPTIONS,
    raw: { type: "boolean", help: "the document the name points at, byte for byte" },
    manifest: { type: "boolean", help: "the image's manifest, byte for byte" },
    config: { type: "boolean", help: "the image's config, byte for byte" },
  },
  async run(context) {
    const { output, signal } = context;
    await using source = await openSource(argument(context, 0), context);
    const decoder = new TextDecoder();
    if (flag(context, "raw")) {
      process.stdout.write(decoder.decode((await documentOf(source, context)).bytes));
      return 0;
    }
    const image = await imageOf(source, context);
    if (flag(context, "manifest") || flag(context, "config")) {
      process.stdout.write(
        decoder.decode(flag(context, "config") ? await image.configBytes({ signal }) : image.bytes),
      );
      return 0;
    }
    const config = await image.config({ signal });
    const { manifest, descriptor } = image;
    output.data({ digest: descriptor.digest, mediaType: descriptor.mediaType, config, manifest });
    const size = manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
    const rows: readonly (readonly [string, string | undefined])[] = [
      ["digest", descriptor.digest],
      ["id", manifest.config.digest],
      ["platform", formatPlatform(config)],
      ["created", config.created],
      ["author", config.author],
      ["user", config.config?.User],
      ["entrypoint", line(config.config?.Entrypoint)],
      ["command", line(config.config?.Cmd)],
      ["directory", config.config?.WorkingDir],
      ["stop signal", config.config?.StopSignal],
      ["ports", Object.keys(config.config?.ExposedPorts ?? {}).join(" ")],
      ["volumes", Object.keys(config.config?.Volumes ?? {}).join(" ")],
      ["layers", `${manifest.layers.length}, ${formatBytes(size)}`],
    ];
    for (const [name, value] of rows) if (value) output.line(`${name.padEnd(12)} ${value}`);
    for (const entry of config.config?.Env ?? [])
      output.line(`${"environment".padEnd(12)} ${entry}`);
    for (const [key, value] of Object.entries(config.config?.Labels ?? {}))
      output.line(`${"label".padEnd(12)} ${key}=${value}`);
    for (const layer of manifest.layers)
      output.line(`${"layer".padEnd(12)} ${layer.digest}  ${formatBytes(layer.size)}`);
    return 0;
  },
};

function line(words: readonly string[] | null | undefined): string | undefined {
  return words
    ?.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(" ");
}
