// Two bundles that share no file, so that a proxy can let the capture page through and keep the console inside.
import { defineConfig } from "vite";

export default defineConfig(({ mode }) => {
  const name = mode === "capture" ? "capture" : "console";
  return {
    root: `pages/${name}`,
    base: `/${name}/`,
    build: {
      outDir: `../../dist/${name}`,
      emptyOutDir: true,
      // The policy of the pages forbids what is inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: "es2022",
    },
    esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  };
});
