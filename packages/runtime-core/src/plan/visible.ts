/**
 * The text with its control characters written out: what comes from a config may be anybody's, and nothing
 * in it shall steer the terminal that it is shown on.
 */
export function visible(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
