// How much each site read: the access log's hours, gathered by site, and by day as the person's own clock has it; and its picture.

import { count } from './words.js';

export const DAYS = 30;

const SVG = 'http://www.w3.org/2000/svg';
const STEP = 10;
const BAR = 8;
const HEIGHT = 32;

/** The first moments of the last `DAYS` days, the oldest first. Not 24 hours apart each: clocks change. */
export function lastDays(now) {
  return Array.from({ length: DAYS }, (_, index) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - (DAYS - 1 - index)));
}

const dayOf = (time) => new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();

/** By client: `days`, one entry a day of `starts`, each a map of kind to `{ read, written, refused }`. */
export function byClient(hours, starts) {
  const at = new Map(starts.map((start, index) => [start.getTime(), index]));
  const clients = new Map();
  for (const { hour, clientId, kind, operation, items, refusals } of hours) {
    const index = at.get(dayOf(new Date(hour)));
    if (index === undefined) continue;
    if (!clients.has(clientId)) clients.set(clientId, starts.map(() => new Map()));
    const day = clients.get(clientId)[index];
    const sum = day.get(kind) ?? { read: 0, written: 0, refused: 0 };
    sum[operation === 'write' ? 'written' : 'read'] += items;
    sum.refused += refusals;
    day.set(kind, sum);
  }
  return clients;
}

/** The sum of one of `read`, `written`, `refused` over a day. */
export const sum = (day, what) => [...day.values()].reduce((all, one) => all + one[what], 0);

/** A bar a day. What it shows is in the words above it and in the table below it too. */
export function picture(days, dayName, label) {
  const read = days.map((day) => sum(day, 'read'));
  const most = Math.max(...read);
  const svg = element('svg', { viewBox: `0 0 ${days.length * STEP} ${HEIGHT + 1}`, role: 'img', 'aria-label': label });
  read.forEach((items, index) => {
    if (items === 0) return;
    // What is there is seen, however much more there was on another day.
    const height = Math.max(2, Math.round((items / most) * HEIGHT));
    const bar = element('rect', { x: index * STEP + (STEP - BAR) / 2, y: HEIGHT - height, width: BAR, height });
    const title = element('title', {});
    title.textContent = `${dayName(index)}: ${count(items, 'item', 'items')} read`;
    bar.append(title);
    svg.append(bar);
  });
  svg.append(element('line', { x1: 0, y1: HEIGHT + 0.5, x2: days.length * STEP, y2: HEIGHT + 0.5 }));
  return svg;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
