import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, goMissing, goProgram, mustRun } from "@ocikit/testing";

const source = fileURLToPath(new URL(".", import.meta.url));
const protos = fileURLToPath(new URL("../../packages/cri-client/proto/", import.meta.url));

const imports = {
  "google.golang.org/grpc": "golang-google-grpc-dev",
  "google.golang.org/protobuf/proto": "golang-google-protobuf-dev",
};

/** Why the Go peer can't be built here; undefined when it can. */
export async function goPeerMissing(): Promise<string | undefined> {
  const missing = await goMissing({ imports });
  if (missing !== undefined) return missing;
  try {
    await mustRun(["protoc", "--version"]);
    await mustRun(["sh", "-c", "command -v protoc-gen-go protoc-gen-go-grpc"]);
  } catch {
    return "needs protobuf-compiler, protoc-gen-go, protoc-gen-go-grpc";
  }
  return undefined;
}

/** Builds the Go peer, its messages made from the protos of cri-client; returns its path. */
export async function goPeer(): Promise<string> {
  const folder = "runtime/v1";
  const files = readdirSync(join(protos, folder)).filter((name) => name.endsWith(".proto"));
  // Debian's protoc is older than the option.
  const texts = files.map((name) =>
    readFileSync(join(protos, folder, name), "utf8").replaceAll(" [debug_redact = true]", ""),
  );
  const gopath = await cached("cri-bench", [...files, ...texts], async (made) => {
    mkdirSync(join(made, "proto", folder), { recursive: true });
    for (const [index, name] of files.entries()) {
      writeFileSync(join(made, "proto", folder, name), texts[index] ?? "");
    }
    mkdirSync(join(made, "src"));
    const out = join(made, "src");
    const paths = files.map((name) => `${folder}/${name}`);
    const flags = [`--go_out=${out}`, `--go-grpc_out=${out}`, "--proto_path=."];
    await mustRun(["protoc", ...flags, ...paths], { cwd: join(made, "proto") });
  });
  return await goProgram({ source, imports, gopath });
}
