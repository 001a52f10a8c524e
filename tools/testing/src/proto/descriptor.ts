import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repository } from "../shared.ts";

/** The parts of google.protobuf.FileDescriptorProto, in its JSON form, that tests look at. */
export interface FileDescriptor {
  readonly name: string;
  readonly package?: string;
  readonly messageType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly service?: readonly ServiceDescriptor[];
  readonly extension?: readonly (FieldDescriptor & { readonly extendee: string })[];
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface MessageDescriptor {
  readonly name: string;
  readonly field?: readonly FieldDescriptor[];
  readonly nestedType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly oneofDecl?: readonly { readonly name: string }[];
  readonly reservedRange?: readonly { readonly start: number; readonly end: number }[];
  readonly reservedName?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly jsonName?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface EnumDescriptor {
  readonly name: string;
  readonly value?: readonly { readonly name: string; readonly number: number }[];
}

export interface ServiceDescriptor {
  readonly name: string;
  readonly method?: readonly {
    readonly name: string;
    readonly inputType: string;
    readonly outputType: string;
    readonly clientStreaming?: boolean;
    readonly serverStreaming?: boolean;
  }[];
}

/** Compiles the .proto files of a folder, with what they import. Needs the repository's own buf, and nothing else. */
export function compileProtos(directory: string): readonly FileDescriptor[] {
  const buf = join(repository, "node_modules", ".bin", "buf");
  const child = spawnSync(
    buf,
    [
      "build",
      directory,
      "--exclude-source-info",
      "--as-file-descriptor-set",
      "-o",
      "-#format=json",
    ],
    { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (child.error) throw child.error;
  if (child.status !== 0) throw new Error(`compile ${directory}: ${child.stderr}`);
  return (JSON.parse(child.stdout) as { file: FileDescriptor[] }).file;
}
