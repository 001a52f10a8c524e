// What generated code reads and writes messages with.
export { BinaryReader, noBytes } from "./reader.ts";
export { BinaryWriter } from "./writer.ts";
