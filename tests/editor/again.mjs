// Reads Markdown and writes it again as the editor does. Lines of JSON in: a text; out: { kept, fresh, twice }.
// kept: written with the sources of its blocks; fresh: as if every block had been touched; twice: fresh, once more.
import { createInterface } from "node:readline";
import { parse, sources } from "../../frontend/src/scripts/editor/parse.js";
import { serialize } from "../../frontend/src/scripts/editor/serialize.js";

function fresh(text) {
  const { doc, start, end } = parse(text);
  doc.forEach((node) => sources.delete(node));
  doc.check();
  return serialize(doc, { start, end });
}

for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line);
  const { doc, start, end } = parse(text);
  const once = fresh(text);
  process.stdout.write(`${JSON.stringify({ kept: serialize(doc, { start, end }), fresh: once, twice: fresh(once) })}\n`);
}
