import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { AnyMessage } from "@ocikit/rpc";

// google.rpc.Status { int32 code = 1; string message = 2; repeated Any details = 3 } and
// google.protobuf.Any { string type_url = 1; bytes value = 2 }: two messages too small to generate a file for.
const detailsField = 3;
const typeUrlField = 1;
const valueField = 2;
const lengthDelimited = 2;

/** The typed details of a `grpc-status-details-bin` header; none where it can't be read, since the status itself was. */
export function decodeStatusDetails(header: string | string[] | undefined): AnyMessage[] {
  if (header === undefined) return [];
  try {
    return readStatus(new BinaryReader(Buffer.from(String(header), "base64")));
  } catch {
    return [];
  }
}

/** The same, written; undefined when there is nothing to say beyond code and message. */
export function encodeStatusDetails(
  code: number,
  message: string,
  details: readonly AnyMessage[],
): string | undefined {
  if (details.length === 0) return undefined;
  const writer = new BinaryWriter().uint32(8).int32(code).uint32(18).string(message);
  for (const { typeUrl, value } of details) {
    writer.uint32(26).fork();
    writer.uint32(10).string(typeUrl).uint32(18).bytes(value);
    writer.join();
  }
  return Buffer.from(writer.finish()).toString("base64");
}

function readStatus(reader: BinaryReader): AnyMessage[] {
  const details: AnyMessage[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === detailsField && wireType === lengthDelimited) {
      details.push(readAny(new BinaryReader(reader.bytes())));
    } else reader.skip(wireType);
  }
  return details;
}

function readAny(reader: BinaryReader): AnyMessage {
  let typeUrl = "";
  let value: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === typeUrlField && wireType === lengthDelimited) typeUrl = reader.string();
    else if (field === valueField && wireType === lengthDelimited) value = reader.bytes();
    else reader.skip(wireType);
  }
  return { typeUrl, value };
}
