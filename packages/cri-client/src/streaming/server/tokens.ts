import { randomBytes } from "node:crypto";
import { RpcError } from "@ocikit/rpc";

/** How long a URL that nobody opened is good. */
const lifetimeMs = 60_000;

/** URLs that may wait to be opened; a caller that only ever asks must not fill the memory. */
const maxWaiting = 1000;

/** Things to be fetched once, by a secret that only the one who asked knows. */
export class Tokens<Value> {
  readonly #waiting = new Map<string, { readonly value: Value; readonly timer: NodeJS.Timeout }>();

  /** Keeps a value for a minute and returns its secret. Throws RESOURCE_EXHAUSTED when too many wait. */
  issue(value: Value): string {
    if (this.#waiting.size >= maxWaiting) {
      throw new RpcError("RESOURCE_EXHAUSTED", `${maxWaiting} streaming URLs wait to be opened`);
    }
    const token = randomBytes(18).toString("base64url");
    const timer = setTimeout(() => this.#waiting.delete(token), lifetimeMs);
    timer.unref();
    this.#waiting.set(token, { value, timer });
    return token;
  }

  /** Whether a secret is good, without using it up. */
  has(token: string): boolean {
    return this.#waiting.has(token);
  }

  /** The value of a secret, which is worth nothing from then on. */
  redeem(token: string): Value | undefined {
    const found = this.#waiting.get(token);
    if (found === undefined) return undefined;
    this.#waiting.delete(token);
    clearTimeout(found.timer);
    return found.value;
  }

  clear(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }
}
