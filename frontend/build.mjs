// Bundles the console's style sheet and scripts, and makes one sprite of the icons the templates name. Output: hub/static/.
import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "hub", "static");
const icons = join(here, "node_modules", "lucide-static", "icons");

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await Promise.all([bundle(), sprite(), writeFile(join(out, "seal.svg"), await readFile(join(here, "src", "seal.svg")))]);

async function bundle() {
  await build({
    entryPoints: Object.fromEntries(["console", "editor", "first"].map((name) => [name, join(here, `src/scripts/${name}.js`)])),
    alias: instead({ entities: "entities", "linkify-it": "no-linkify", "punycode.js": "hosts", "uc.micro": "characters" }),
    bundle: true,
    format: "esm",
    target: ["es2022"],
    minify: true,
    outdir: out,
    logLevel: "warning",
  });
  await build({
    entryPoints: { console: join(here, "src/styles/console.css") },
    bundle: true,
    target: ["chrome111", "firefox113", "safari16.4"],
    minify: true,
    outdir: out,
    logLevel: "warning",
  });
}

/** What the editor's parser brings along and a browser has, or nobody asks for: a quarter of the editor's size. */
function instead(modules) {
  return Object.fromEntries(Object.entries(modules).map(([name, ours]) => [name, join(here, "src/scripts/editor", `${ours}.js`)]));
}

/** One symbol for each icon in icons.json; an icon the set doesn't have stops the build. */
async function sprite() {
  const names = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const known = new Set((await readdir(icons)).map((file) => file.replace(/\.svg$/, "")));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length) throw new Error(`no such icon: ${missing.join(", ")}`);
  const symbols = await Promise.all(
    names.sort().map(async (name) => {
      const svg = await readFile(join(icons, `${name}.svg`), "utf8");
      const inner = svg.replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>[\s\S]*$/, "");
      const paint = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
      return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${inner.replace(/\s+/g, " ").trim()}</symbol>`;
    }),
  );
  const licence = "<!-- Icons: Lucide (https://lucide.dev), ISC licence -->";
  await writeFile(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${licence}${symbols.join("")}</svg>\n`);
}
