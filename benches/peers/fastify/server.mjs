// The list of contacts as one would write it with Fastify and better-sqlite3, on the same rows: what ours is compared with.
// DATABASE: the SQLite file; TOKENS: one a line, of person-0000, person-0001, …; PORT. Says `ready` when it serves.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import Fastify from "fastify";

const db = new Database(process.env.DATABASE, { readonly: true });
const find = db.prepare("SELECT id FROM people WHERE subject = ?");
const page = db.prepare(
  "SELECT id, folder, changed, projection, photo, created_at, modified_at FROM contacts WHERE person = ? AND id > ? ORDER BY id LIMIT 51",
);
const digest = (token) => createHash("sha256").update(token).digest("base64");
const known = new Map(
  readFileSync(process.env.TOKENS, "utf8").trim().split("\n").map((token, at) => [digest(token), find.get(`person-${String(at).padStart(4, "0")}`).id]),
);
const first = Buffer.alloc(16);

function uuid(bytes) {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const instant = (micros) => new Date(micros / 1000).toISOString();

const app = Fastify();
app.get("/v1.0/me/contacts", (request, reply) => {
  const person = known.get(digest((request.headers.authorization ?? "").slice(7)));
  if (person === undefined) return reply.code(401).send({ error: { code: "InvalidAuthenticationToken" } });
  const rows = page.all(person, first);
  const value = rows.slice(0, 50).map((row) => ({
    "@odata.etag": `W/"${row.changed}-0"`,
    id: uuid(row.id),
    changeKey: String(row.changed),
    createdDateTime: instant(row.created_at),
    lastModifiedDateTime: instant(row.modified_at),
    parentFolderId: uuid(row.folder),
    photo: row.photo && JSON.parse(row.photo),
    ...JSON.parse(row.projection),
  }));
  const next = rows.length > 50 ? { "@odata.nextLink": `/v1.0/me/contacts?$skiptoken=${uuid(rows[49].id)}` } : {};
  return { value, ...next };
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
console.log("ready");
