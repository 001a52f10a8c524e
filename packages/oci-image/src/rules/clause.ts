/** URL of a clause of image-spec 1.1.1, by file and heading. */
export function clause(place: string): string {
  return `https://github.com/opencontainers/image-spec/blob/v1.1.1/${place}`;
}
