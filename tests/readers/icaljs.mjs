// Reads a calendar from standard input and prints its events as ical.js, the library behind Thunderbird, takes them.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const found = createRequire(join(process.cwd(), "package.json")).resolve("ical.js");
const { default: ICAL } = await import(pathToFileURL(found));

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const calendar = new ICAL.Component(ICAL.parse(Buffer.concat(chunks).toString("utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(new ICAL.Timezone(zone));
}
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    title: event.summary,
    begins: event.startDate.toJSDate().toISOString(),
    sequence: event.sequence,
    state: component.getFirstPropertyValue("status"),
    reminders: component.getAllSubcomponents("valarm").length,
    text: event.description,
  };
});
process.stdout.write(JSON.stringify({ name: calendar.getFirstPropertyValue("name"), events }));
