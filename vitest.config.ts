import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const conditions = ["@ocikit/source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // What is waited for comes when it comes: a loaded machine must not make a test fail.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        test: {
          name: "unit",
          testTimeout: 30_000,
          include: [
            "packages/*/src/**/*.test.ts",
            "apps/*/src/**/*.test.ts",
            "packages/*/test/host/**/*.test.ts",
            "native/*/test/**/*.test.ts",
            "tools/{codegen,testing}/**/*.test.ts",
            "test/*.test.ts",
            "test/native/**/*.test.ts",
            "test/conformance/*.test.ts",
          ],
        },
      },
      {
        // The packed tarballs in a folder of their own, under every Node we promise.
        test: { name: "node-compat", include: ["test/node-compat/**/*.test.ts"] },
      },
      {
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["packages/*/src/**/*.test-d.ts"],
            tsconfig: "./tsconfig.json",
          },
        },
      },
      {
        // Needs uid 0: namespaces, mounts, cgroups. One file at a time, since the host is shared.
        test: {
          name: "root",
          include: ["packages/*/test/root/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      {
        // Other people's suites and engines, with stock runtimes and ours; see test/conformance and test/vm.
        test: {
          name: "peers",
          include: ["test/{conformance,sandbox,vm}/**/*.test.ts"],
          exclude: ["test/conformance/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 600_000,
          // After all others: what it runs is sensitive to a machine that is busy otherwise.
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**"],
      exclude: ["**/gen/**", "**/generated/**"],
    },
  },
});
