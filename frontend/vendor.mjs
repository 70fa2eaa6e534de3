// Copies the font, draws the icon sprite and writes the SHA-256 manifest: run after `npm ci --ignore-scripts`, commit the result.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const from = (...parts) => join(here, "node_modules", ...parts);
const vendor = join(here, "..", "static", "vendor");
const font = "@fontsource-variable/source-sans-3";

mkdirSync(join(vendor, "source-sans-3"), { recursive: true });
mkdirSync(join(vendor, "lucide"), { recursive: true });
for (const part of ["latin", "latin-ext"]) {
  const name = `source-sans-3-${part}-wght-normal.woff2`;
  copyFileSync(from(font, "files", name), join(vendor, "source-sans-3", name));
}
copyFileSync(from(font, "LICENSE"), join(vendor, "source-sans-3", "LICENSE"));
copyFileSync(from("lucide-static", "LICENSE"), join(vendor, "lucide", "LICENSE"));

const icons = JSON.parse(readFileSync(join(here, "icons.json"), "utf8"));
const symbols = Object.entries(icons).map(([name, file]) => {
  const drawing = readFileSync(from("lucide-static", "icons", `${file}.svg`), "utf8");
  const shapes = drawing.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
});
writeFileSync(
  join(vendor, "lucide", "icons.svg"),
  `<!-- Lucide, ISC licence, see LICENSE; drawn by frontend/vendor.mjs -->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
);

const lines = readdirSync(vendor, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== "manifest.sha256")
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
  .map((path) => `${createHash("sha256").update(readFileSync(path)).digest("hex")}  ${path.slice(vendor.length + 1)}`);
writeFileSync(join(vendor, "manifest.sha256"), lines.join("\n") + "\n");
