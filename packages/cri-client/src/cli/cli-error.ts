/** Something to be said in one sentence: the command line is wrong, or what it names is. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** What the command exits with. */
  readonly status: number;

  constructor(message: string, status = 1, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
