/** A message whose type travels with it: the fields of `google.protobuf.Any`. */
export interface AnyMessage {
  /** The name of the type, bare or behind a prefix that ends in a slash. */
  readonly typeUrl: string;
  /** The message in the encoding its type calls for. */
  readonly value: Uint8Array;
}
