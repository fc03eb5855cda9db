// Makes what is in VENDOR.md anew, from the packages as npm has them:
//
//     mkdir fresh && cd fresh && npm init -y
//     npm install lit@3.3.3 purecloud-client-app-sdk@2.6.10 genesys-spark@4.201.1 uplot@1.6.32 esbuild@0.28.2 \
//       @fontsource/urbanist@5.3.0 @fontsource/noto-sans@5.3.0
//     node …/widget_static/vendor.mjs .
//
// It writes the files beside itself and prints a checksum for each, which go into VENDOR.md.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const packages = resolve(process.argv[2] ?? ".", "node_modules");
const shared = join(dirname(fileURLToPath(import.meta.url)), "shared");

const LIT = `
export { html, svg, nothing, render, LitElement } from "lit";
export { repeat } from "lit/directives/repeat.js";
export { classMap } from "lit/directives/class-map.js";
export { styleMap } from "lit/directives/style-map.js";
export { ifDefined } from "lit/directives/if-defined.js";
export { live } from "lit/directives/live.js";
export { ref, createRef } from "lit/directives/ref.js";
`;

// The tokens the pages use, by what follows `--gse-semantic-`.
const COLOURS = `
background-interactive-primary-default background-interactive-primary-hover background-interactive-primary-active
background-interactive-secondary-default background-interactive-secondary-hover background-interactive-secondary-active
background-interactive-ghost-hover background-interactive-ghost-active
background-interactive-danger-default background-interactive-danger-hover
background-overlay-shroud-default
background-container-page-default background-container-page-tonalSubtle background-container-page-tonalMedium
background-container-elevated-default background-container-elevated-hover background-container-elevated-active
background-container-elevated-header background-container-highConstrast-default
background-container-chatBubble-agent background-container-chatBubble-costumer background-container-chatBubble-bot
background-container-textHighlight-default background-container-canvas
background-system-error-tonalSubtle background-system-warning-tonalSubtle background-system-warning-tonalMedium
background-system-success-tonalSubtle background-system-info-tonalSubtle background-system-primary-tonalSubtle
background-system-notification-primary
background-formControl-textInput-track background-formControl-segment-active
foreground-interactive-primary-default foreground-interactive-secondary-default foreground-interactive-ghost-default
foreground-interactive-danger-default foreground-interactive-link-default foreground-interactive-link-hover
foreground-container-highEmphasis foreground-container-midEmphasis foreground-container-lowEmphasis
foreground-container-highContrast-highEmphasis
foreground-system-error-accent foreground-system-warning-accent foreground-system-success-accent
foreground-system-info-accent
foreground-formControl-textInput-placeholder foreground-formControl-helpText-default
border-focus border-container-divider border-container-edges-default border-container-edges-hover
border-system-error border-system-warning border-system-success border-system-info
border-formControl-textInput-default border-formControl-textInput-hover border-formControl-textInput-error
charts-border-grid-default charts-foreground-midEmphasis charts-background-placeholder-default
charts-categoricalData-category1-default charts-categoricalData-category2-default
charts-categoricalData-category3-default charts-categoricalData-category4-default
`.trim().split(/\s+/);

const FACES = [
  ["Urbanist", 600, "urbanist-600.woff2", "@fontsource/urbanist", "urbanist-latin-600-normal.woff2"],
  ["Noto Sans", 400, "noto-sans-400.woff2", "@fontsource/noto-sans", "noto-sans-latin-400-normal.woff2"],
  ["Noto Sans", 600, "noto-sans-600.woff2", "@fontsource/noto-sans", "noto-sans-latin-600-normal.woff2"],
];

function put(name, content) {
  const file = join(shared, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(`${createHash("sha256").update(content).digest("hex")}  ${name}`);
}

const get = (...path) => readFileSync(join(packages, ...path));

/** One module of what is exported there, as small as it gets. */
function bundled(contents) {
  const { buildSync } = createRequire(join(packages, "x.js"))("esbuild");
  const built = buildSync({
    stdin: { contents, resolveDir: dirname(packages) },
    bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none", write: false,
  });
  return built.outputFiles[0].contents;
}

function lit() {
  put("vendor/lit.js", bundled(LIT));
  put("vendor/lit.js.LICENSE.txt", get("lit", "LICENSE"));
}

function uplot() {
  put("vendor/uplot.js", bundled('export { default as uPlot } from "uplot";'));
  put("vendor/uplot.css", get("uplot", "dist", "uPlot.min.css"));
  for (const name of ["uplot.js", "uplot.css"]) put(`vendor/${name}.LICENSE.txt`, get("uplot", "LICENSE"));
}

function sdk() {
  const file = get("purecloud-client-app-sdk", "dist", "purecloud-client-app-sdk-c3a00965.min.js").toString();
  // Its map is not shipped, so nothing may ask for it.
  put("vendor/client-app-sdk.js", file.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
  put("vendor/client-app-sdk.js.LICENSE.txt", get("purecloud-client-app-sdk", "LICENSE"));
}

function fonts() {
  for (const [, , name, from, file] of FACES) put(`fonts/${name}`, get(from, "files", file));
  put("fonts/urbanist.LICENSE.txt", get("@fontsource/urbanist", "LICENSE"));
  put("fonts/noto-sans.LICENSE.txt", get("@fontsource/noto-sans", "LICENSE"));
}

/** The values of Spark's light and dark blocks: name → colour. */
function values(css, head) {
  const block = css.slice(css.indexOf(head)).split("}")[0];
  return new Map([...block.matchAll(/--gse-semantic-([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]));
}

function face([family, weight, name, from]) {
  const range = JSON.parse(get(from, "unicode.json").toString()).latin;
  return `@font-face {\n  font-family: "${family}"; font-weight: ${weight}; font-display: swap;\n`
    + `  src: url("../fonts/${name}") format("woff2");\n  unicode-range: ${range};\n}\n`;
}

function tokens() {
  const css = get("genesys-spark", "dist", "css", "flare", "global.css").toString();
  const light = values(css, ":root {"), dark = values(css, "[flare-mode=dark] {");
  const lines = COLOURS.map((name) => {
    if (!light.has(name)) throw new Error(`Spark has no ${name}`);
    const [day, night] = [light.get(name), dark.get(name) ?? light.get(name)];
    return `  --gse-semantic-${name}: ${day === night ? day : `light-dark(${day}, ${night})`};\n`;
  });
  const head = "/* Genesys Spark's design tokens, the ones used, and the fonts they name: made by vendor.mjs. */\n\n";
  const root = ":root { color-scheme: light dark; }\n:root[data-theme=\"light\"] { color-scheme: light; }\n"
    + ":root[data-theme=\"dark\"] { color-scheme: dark; }\n\n:root {\n";
  put("css/tokens.css", head + FACES.map(face).join("") + "\n" + root + lines.join("") + "}\n");
  put("css/tokens.css.LICENSE.txt", get("genesys-spark", "LICENSE"));
}

lit();
uplot();
sdk();
fonts();
tokens();
