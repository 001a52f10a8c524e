import { type Alias, type Document, isNode, type Node, visit } from "yaml";

/**
 * What the aliases of a document stand for. The library looks through the whole document for each, which
 * makes a document of many aliases take quadratic time.
 */
export class Anchors {
  readonly #byName = new Map<string, Node[]>();

  constructor(document: Document) {
    visit(document, {
      Value: (_, node) => {
        if (node.anchor === undefined) return;
        const same = this.#byName.get(node.anchor);
        if (same) same.push(node);
        else this.#byName.set(node.anchor, [node]);
      },
    });
  }

  /** The node: of those with the name the last before the alias; undefined when there is none. */
  resolve(alias: Alias): Node | undefined {
    const at = alias.range?.[0] ?? 0;
    return this.#byName
      .get(alias.source)
      ?.findLast((node) => isNode(node) && (node.range?.[0] ?? 0) < at);
  }
}
