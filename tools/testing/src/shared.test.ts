import { expect, test } from "vitest";
import { hasShared, listShared, repository, sharedMissing } from "./shared.ts";

test("the repository is the folder with the workspaces", () => {
  expect(repository.endsWith("/")).toBe(true);
});

test("facts are found where they stand beside the checkout", (context) => {
  if (!hasShared) context.skip(sharedMissing);
  expect(listShared("facts")).toContain("proto");
});
