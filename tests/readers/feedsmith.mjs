// Reads a feed from standard input and prints what feedsmith makes of it, in the shape of tests/readers/programs.py.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// From the folder where the test runs it: packages are the front end's.
const found = createRequire(join(process.cwd(), "package.json")).resolve("feedsmith");
const { parseFeed } = await import(pathToFileURL(found));

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { format, feed } = parseFeed(Buffer.concat(chunks).toString("utf8"));
const shapes = {
  rss: (item) => ({
    id: item.guid?.value,
    title: item.title,
    link: item.link,
    text: item.content?.encoded ?? item.description,
  }),
  atom: (entry) => ({
    id: entry.id,
    title: entry.title?.value ?? entry.title,
    link: entry.links.find((link) => link.rel === "alternate").href,
    text: entry.content?.value ?? entry.content ?? entry.summary?.value,
  }),
  json: (item) => ({ id: item.id, title: item.title, link: item.url, text: item.content_html ?? item.content_text }),
};
const items = feed.items ?? feed.entries ?? [];
process.stdout.write(JSON.stringify(items.map(shapes[format])));
