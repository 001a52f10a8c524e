/** One step of a change to a document: the operations of JSON Patch (RFC 6902) that a fix needs. */
export type Operation =
  | { readonly op: "add"; readonly path: string; readonly value: unknown }
  | { readonly op: "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move"; readonly from: string; readonly path: string };

/** Puts `text` in the place of `length` code units from `offset`. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** A safe change: what it does to the value, and to the text when the document came as text. */
export interface Fix {
  /** What is done, as an order: `rename "Hostname" to "hostname"`. */
  readonly title: string;
  /** Empty when the fault is in the text alone. */
  readonly patch: readonly Operation[];
  /** Edits of the text that keep its formatting; they do not overlap. */
  readonly edits?: readonly TextEdit[];
}
