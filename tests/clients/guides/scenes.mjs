// node scenes.mjs URL <tokens.json: the scenes of clients.py, played by docs/clients/javascript/sharehold.js. What was seen goes to stdout.

import { readFileSync } from 'node:fs';
import { Refused, Sharehold } from '../../../docs/clients/javascript/sharehold.js';

const [, , url] = process.argv;
const token = JSON.parse(readFileSync(0, 'utf8'));

async function refused(work) {
  try {
    return String(await work());
  } catch (no) {
    if (!(no instanceof Refused)) throw no;
    return `${no.status} ${no.challenge}`;
  }
}

const api = new Sharehold(url, () => token.good);
let calls = 0;
const changed = await api.change(async (profile) => {
  calls += 1;
  if (calls === 1) await api.request('PATCH', '/v1.0/me', { body: { city: "Somebody's" } });
  return { surname: `after ${profile.city}` };
});
const asked = [];
const renewed = await new Sharehold(url, (fresh) => { asked.push(fresh); return token[fresh ? 'good' : 'expired']; }).me();

console.log(JSON.stringify({
  412: [changed.surname, calls],
  '401 then 200': [Boolean(renewed.id), asked],
  401: await refused(() => new Sharehold(url, () => token.expired).me()),
  403: await refused(() => new Sharehold(url, () => token.narrow).me()),
  503: await refused(async () => Boolean((await new Sharehold(url, () => token.late).me()).id)),
}));
