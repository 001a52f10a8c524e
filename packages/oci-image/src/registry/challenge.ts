/** One way a server says it can be convinced (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;

/** Longer headers are an attack on the parser, not a challenge. */
const MAX_HEADER = 8192;

/** Reads a WWW-Authenticate header, or several joined by commas; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = header.slice(0, MAX_HEADER);
  const skip = (pattern: RegExp): void => {
    rest = rest.slice(pattern.exec(rest)?.[0].length ?? 0);
  };
  for (;;) {
    skip(/^[\s,]+/);
    const scheme = TOKEN.exec(rest)?.[0];
    if (scheme === undefined) return challenges;
    rest = rest.slice(scheme.length);
    const parameters = new Map<string, string>();
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    for (;;) {
      const parameter =
        /^[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/.exec(rest);
      if (parameter === null) break;
      const [whole, name = "", quoted, plain = ""] = parameter;
      parameters.set(
        name.toLowerCase(),
        quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1"),
      );
      rest = rest.slice(whole.length);
    }
  }
}
