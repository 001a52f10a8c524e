/**
 * Characters that a terminal obeys instead of showing: controls, and invisible ones such as those that
 * turn the direction of text around. A document from a stranger must not move the cursor, set colours
 * or hide itself.
 */
const obeyed = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text of one line as it can be shown on a terminal: tabs as spaces, what would be obeyed as a code. */
export function visible(text: string): string {
  return text.replace(obeyed, show);
}

/** How many columns `visible` gives to a piece of text, counted in code units. */
export function visibleLength(text: string): number {
  return visible(text).length;
}

function show(character: string): string {
  if (character === "\t") return "  ";
  return `<${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0").toUpperCase()}>`;
}
