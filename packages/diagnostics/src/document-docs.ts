import type { RuleDoc } from "./rule.ts";

/** What a person learns of the rules about any document; a package adds examples of its own documents. */
export const documentDocs: Readonly<Record<string, Omit<RuleDoc, "examples">>> = {
  "doc/json-syntax": {
    title: "the text is JSON",
    explanation:
      "The text has to be JSON as RFC 8259 defines it, in UTF-8, without comments, trailing commas, " +
      "single quotes or a byte order mark. Readers differ in what else they forgive, so a file that " +
      "one tool takes another refuses. Reading goes on after a fault wherever the intent is plain, so " +
      "that all faults are reported at once.",
  },
  "doc/single-document": {
    title: "one document in a file",
    explanation:
      "Nothing but white space may follow the document. Some readers stop at its end and silently " +
      "ignore the rest; usually two files were put together, or an edit left a bracket behind.",
  },
  "doc/duplicate-key": {
    title: "no name stands twice in an object",
    explanation:
      "RFC 8259 leaves open what a reader does with a name that stands twice: some take the first, " +
      "most the last, and Go merges objects. A check and a runtime may thus see different documents, " +
      "which has been used to get past policy. Keep one.",
  },
  "doc/size": {
    title: "the document is of a reasonable size",
    explanation:
      "A document over 64 MiB, or nested deeper than 64 levels, is refused before it is looked at: no " +
      "real one comes near, and reading it would cost memory without bound.",
  },
  "doc/type": {
    title: "every value has the type that the schema says",
    explanation:
      "Readers with static types refuse the whole document for one value of a wrong type; lenient " +
      "ones drop the value and go on without it. An integer has to be written without fraction and " +
      "exponent: 1e3 and 1.0 are refused by decoders of integer types.",
  },
  "doc/integer-range": {
    title: "every integer fits its type",
    explanation:
      "Integers have the range of their type, up to 64 bits. They are compared exactly, also above " +
      "2^53, where many JSON readers round silently: 18446744073709551615 is a valid uint64, and the " +
      "next number is not.",
  },
  "doc/required": {
    title: "required members are there",
    explanation: "The schema requires a member that is missing. Its place is the object around it.",
  },
  "doc/enum": {
    title: "words are among those the specification lists",
    explanation:
      "The specification lists the words that can stand here, and case counts. When another word is " +
      "near, it is offered.",
  },
  "doc/pattern": {
    title: "text has the form that the schema says",
    explanation: "The text does not have the form that the schema demands of it.",
  },
  "doc/count": {
    title: "lists have as many entries as the schema says",
    explanation: "The schema bounds how many entries a list, a map or a text may have.",
  },
  "doc/schema": {
    title: "the document satisfies the schema",
    explanation:
      "The document breaks a demand of the schema for which there is no rule of its own.",
  },
  "doc/null": {
    title: "null stands only where it means something",
    explanation:
      "A member that may be left out is null. Readers in Go take that for left out, others refuse it " +
      "as a wrong type, and a reader that keeps it may treat it as present. Leave the member out.",
  },
  "doc/key-case": {
    title: "names are written in their own case",
    explanation:
      "Names are case-sensitive in JSON. Readers in Go nevertheless take any case, while those in C, " +
      "Rust and JavaScript do not know the member then: the same document means different things.",
  },
  "doc/unknown-key": {
    title: "the specification knows every name",
    explanation:
      "The specification has no member of this name here. Readers must ignore it, so a misspelt name " +
      "silently has no effect; when a known name is near, it is offered. It is no error, because a " +
      "newer version of the specification may define it.",
  },
};
