"""The list of contacts as one would write it with FastAPI, SQLAlchemy Core and orjson, on the same rows: what ours is compared with.
DATABASE: the SQLite file; TOKENS: one a line, of person-0000, person-0001, ...; PORT. Says `ready` when it serves."""

import hashlib
import os
import uuid
from datetime import UTC, datetime

import orjson
import uvicorn
from fastapi import FastAPI, Request, Response
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, bindparam, create_engine, select

engine = create_engine(f"sqlite:///file:{os.environ['DATABASE']}?mode=ro&uri=true", pool_size=8)
tables = MetaData()
people = Table("people", tables, Column("id", BigInteger, primary_key=True), Column("subject", Text))
contacts = Table(
    "contacts",
    tables,
    Column("person", BigInteger),
    Column("id", LargeBinary),
    Column("folder", LargeBinary),
    Column("changed", BigInteger),
    Column("projection", Text),
    Column("photo", Text),
    Column("created_at", BigInteger),
    Column("modified_at", BigInteger),
)
page = (
    select(*(column for column in contacts.columns if column.name != "person"))
    .where(contacts.c.person == bindparam("me"), contacts.c.id > bindparam("after"))
    .order_by(contacts.c.id)
    .limit(51)
)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


with engine.connect() as connection, open(os.environ["TOKENS"]) as tokens:
    ids = {subject: id for id, subject in connection.execute(select(people.c.id, people.c.subject))}
    known = {digest(token.strip()): ids[f"person-{at:04}"] for at, token in enumerate(tokens)}


def instant(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat()


def shown(row) -> dict:
    return {
        "@odata.etag": f'W/"{row.changed}-0"',
        "id": str(uuid.UUID(bytes=row.id)),
        "changeKey": str(row.changed),
        "createdDateTime": instant(row.created_at),
        "lastModifiedDateTime": instant(row.modified_at),
        "parentFolderId": str(uuid.UUID(bytes=row.folder)),
        "photo": row.photo and orjson.loads(row.photo),
        **orjson.loads(row.projection),
    }


app = FastAPI()


@app.get("/v1.0/me/contacts")
async def list_contacts(request: Request) -> Response:
    me = known.get(digest(request.headers.get("authorization", "")[7:]))
    if me is None:
        return Response(status_code=401)
    with engine.connect() as connection:
        rows = connection.execute(page, {"me": me, "after": bytes(16)}).all()
    answer = {"value": [shown(row) for row in rows[:50]]}
    if len(rows) > 50:
        answer["@odata.nextLink"] = f"/v1.0/me/contacts?$skiptoken={uuid.UUID(bytes=rows[49].id)}"
    return Response(orjson.dumps(answer), media_type="application/json")


class Server(uvicorn.Server):
    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


Server(uvicorn.Config(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False, log_level="warning")).run()
