// Scopes and kinds of data in plain words. A test sees that every scope of the server is here.

/** Name, what it lets a site do, and the scopes that go without saying beside it. */
const SCOPES = [
  ['User.ReadWrite', 'See and change your whole profile', ['User.Read', 'User.ReadBasic', 'User.Email.Read', 'User.Phone.Read', 'User.Address.Read', 'User.Birthday.Read', 'User.Work.Read']],
  ['User.Read', 'See your whole profile', ['User.ReadBasic', 'User.Email.Read', 'User.Phone.Read', 'User.Address.Read', 'User.Birthday.Read', 'User.Work.Read']],
  ['User.ReadBasic', 'See your name, your language and your photo', []],
  ['User.Email.Read', 'See your name and your e-mail addresses', ['User.ReadBasic']],
  ['User.Phone.Read', 'See your name and your phone numbers', ['User.ReadBasic']],
  ['User.Address.Read', 'See your name and your postal address', ['User.ReadBasic']],
  ['User.Birthday.Read', 'See your name and your birthday', ['User.ReadBasic']],
  ['User.Work.Read', 'See your name and where you work', ['User.ReadBasic']],
  ['Contacts.ReadWrite', 'See, add, change and delete your contacts', ['Contacts.Read', 'Contacts.Create', 'Contacts.ReadBasic']],
  ['Contacts.Read', 'See everything about your contacts', ['Contacts.ReadBasic']],
  ['Contacts.ReadBasic', 'See the names, photos and birthdays of your contacts, and find out which of them it knows already; no addresses, no numbers', []],
  ['Contacts.Create', 'Add contacts', []],
  ['Calendars.ReadWrite', 'See, add, change and delete your appointments', ['Calendars.Read', 'Calendars.ReadBasic', 'Calendars.ReadFreeBusy']],
  ['Calendars.Read', 'See everything about your appointments', ['Calendars.ReadBasic', 'Calendars.ReadFreeBusy']],
  ['Calendars.ReadBasic', 'See your appointments, without texts, guests and what is private', ['Calendars.ReadFreeBusy']],
  ['Calendars.ReadFreeBusy', 'See when you are busy, not with what', []],
  ['Photos.ReadWrite', 'See, add, change and delete your photos and albums', ['Photos.Read']],
  ['Photos.Read', 'See your photos and albums, not where they were taken', []],
  ['Photos.Location.Read', 'See where your photos were taken', []],
  ['Calendars.ReadWrite.Shared', 'See and change calendars that others shared with you', ['Calendars.Read.Shared']],
  ['Calendars.Read.Shared', 'See calendars that others shared with you', []],
  ['Photos.ReadWrite.Shared', 'See and change albums that others shared with you', ['Photos.Read.Shared']],
  ['Photos.Read.Shared', 'See albums that others shared with you', []],
  ['Privacy.ReadWrite', 'See who has access to your data, take it back and give it back', ['Privacy.Read']],
  ['Privacy.Read', 'See who has access to your data', []],
];

const KINDS = { grants: 'who has access', accessLog: 'this log' };

/** What these scopes let a site do, one line each, in the order of the table. A scope that is not known here is shown by its name. */
export function plainly(scopes) {
  const had = new Set(scopes.map((scope) => scope.toLowerCase()));
  const has = (name) => had.has(name.toLowerCase());
  const implied = new Set(SCOPES.filter(([name]) => has(name)).flatMap(([, , others]) => others));
  const known = new Set(SCOPES.map(([name]) => name.toLowerCase()));
  const lines = SCOPES.filter(([name]) => has(name) && !implied.has(name)).map(([, words]) => words);
  return [...lines, ...scopes.filter((scope) => !known.has(scope.toLowerCase()))];
}

export const kindOf = (kind) => KINDS[kind] ?? kind;

const number = new Intl.NumberFormat('en');
export const count = (items, one, many) => `${number.format(items)} ${items === 1 ? one : many}`;
export const figure = (items) => number.format(items);
