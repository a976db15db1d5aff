import { Sharehold } from './sharehold.js';
import { comeBack, signIn } from './sign-in.js';

const at = (id) => document.getElementById(id);
const attempt = (work) => work().catch((problem) => { at('problem').textContent = problem.message; });

function show(profile) {
  at('hello').textContent = `Hello ${profile.displayName ?? profile.mail}, in ${profile.city ?? 'no city'}.`;
}

await attempt(async () => {
  const token = await comeBack();
  at('sign-in').onclick = () => attempt(signIn);
  if (!token) return;
  // When the token has expired the person signs in again: a page that is sent away keeps nothing.
  const api = new Sharehold('http://127.0.0.1:8700', async (fresh) => (fresh ? signIn().then(() => new Promise(() => {})) : token));
  show(await api.me());
  at('move').hidden = false;
  at('move').onsubmit = (event) => {
    event.preventDefault();
    const city = new FormData(at('move')).get('city');
    attempt(async () => show(await api.change(() => ({ city }))));
  };
});
