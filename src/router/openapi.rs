//! The OpenAPI 3.1 document, built from the table of endpoints: what is not in the table is not in the document.

use std::collections::BTreeMap;

use actix_web::http::Method;
use serde_json::{Map, Value, json};

use crate::access::scope::ALIASES;
use crate::access::{Scope, Scopes};
use crate::resources;
use crate::resources::endpoint::{Content, Endpoint, NamedSchema};

/// The `$`-options, with what they do.
const OPTIONS: &[(&str, &str)] = &[
    (
        "startDateTime",
        "What ends after this is shown: ISO 8601, such as `2026-03-01T00:00:00Z`; without an offset it is UTC",
    ),
    ("endDateTime", "What begins before this is shown, likewise"),
    ("name", "What the photo is called"),
    ("$select", "Members to show, with commas between them, such as `id,displayName`; all, if it is left out"),
    ("$top", "Items on a page, 1 to 1000"),
    ("$skip", "Items to step over before the first page"),
    ("$skiptoken", "Where the page begins: follow `@odata.nextLink` as it was given"),
    ("$following", "`true`: this occurrence and all that follow are meant; `false`, as without it: this one alone"),
    ("$deltatoken", "Where the round begins: follow `@odata.deltaLink` as it was given"),
    ("$count", "`true`: how many there are, in `@odata.count`"),
    ("$orderby", "Members to sort by, with `asc` or `desc`, such as `surname,givenName desc`"),
    ("$filter", "Which items, such as `startswith(displayName,'Jo') and companyName ne null`"),
    (
        "$search",
        "Words, digits of numbers and addresses that an item must have, each by its beginning: `\"jose 555-01\"`",
    ),
];

/// What they do in a kind where that is other: the kind, the option, and what.
const IN_KIND: &[(&str, &str, &str)] = &[
    ("calendar", "$orderby", "Members to sort by, with `asc` or `desc` behind them, and commas between them"),
    (
        "calendar",
        "$filter",
        "Which items, such as `contains(subject,'tea') and start/dateTime ge '2026-03-01T00:00:00Z'`",
    ),
    ("photos", "$select", "Members to show, with commas between them, such as `id,name`; all, if it is left out"),
    (
        "photos",
        "$expand",
        "`thumbnails`: with each photo the addresses of its smaller pictures, all or, with `thumbnails($select=small,large)`, these. The answer \
         has no ETag then, and a list fewer photos on a page if they had more than 1,000 addresses",
    ),
    (
        "photos",
        "$orderby",
        "Members to sort by, with `asc` or `desc`, such as `photo/takenDateTime desc`. Of a photo of which it is not known where its \
         clock stood, that is as if it were UTC; one of which no time is known comes first",
    ),
    ("photos", "$filter", "Which items, such as `photo/takenDateTime ge 2026-01-01T00:00:00Z and isFavorite eq true`"),
    ("calendar", "$search", "Words that an item must have, each by its beginning: `\"team berl\"`"),
];

/// The scopes that open something that is served: a client is not to ask a person for more.
pub fn served_scopes() -> Vec<Scope> {
    let endpoints = resources::all();
    let opens = |scope: &Scope| {
        let shows = |endpoint: &Endpoint| endpoint.adding.contains(scope);
        endpoints.iter().any(|endpoint| shows(endpoint) || Scopes::of(&[scope.name()]).has_any(endpoint.scopes))
    };
    Scope::ALL.iter().copied().filter(opens).collect()
}

/// The document; `public_url` is the server that it names.
pub fn document(public_url: &str) -> Value {
    let mut schemas = BTreeMap::new();
    schemas.insert("error".to_owned(), error_schema());
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut tags: Vec<&str> = Vec::new();
    for endpoint in resources::all().into_iter().filter(|endpoint| endpoint.documented) {
        if !tags.contains(&endpoint.about) {
            tags.push(endpoint.about);
        }
        let operation = operation(&endpoint, &mut schemas);
        paths.entry(endpoint.path).or_default().insert(endpoint.method.as_str().to_ascii_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sharehold",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A person's profile, contacts, calendar and photos, each as far as the access token allows",
            "description": description(),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": public_url.trim_end_matches('/')}],
        "tags": tags.iter().map(|tag| json!({"name": tag})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security_schemes()},
    })
}

const INTRODUCTION: &str = "\
Follows Microsoft Graph v1.0's wire conventions. Send the access token as `Authorization: Bearer <token>` or \
`Authorization: WRAP access_token=\"<token>\"`. \
`/v1.0/users/{id}/…` is `/v1.0/me/…` for the person's own id, and 404 for any other. What goes wrong is said as \
`{\"error\": {\"code\", \"message\", \"target\", \"innerError\": {\"request-id\", …}}}`.";

fn description() -> String {
    let row = |scope: &Scope| {
        let aliases = ALIASES.iter().filter(|(_, means)| means.contains(scope)).map(|(alias, _)| *alias);
        format!("| `{}` | {} | {} |", scope.name(), scope.gives(), quoted(aliases))
    };
    let rows: Vec<String> = served_scopes().iter().map(row).collect();
    let head = "| scope | gives | names of other APIs that stand for it |\n|---|---|---|";
    format!("{INTRODUCTION}\n\n<details><summary>Scopes</summary>\n\n{head}\n{}\n\n</details>", rows.join("\n"))
}

/// The scopes with which the operation is open, those among them that imply another too.
fn scopes_that_do(endpoint: &Endpoint) -> String {
    if endpoint.scopes.is_empty() {
        return "**Scopes:** whichever the token has".into();
    }
    let does = |scope: &&Scope| Scopes::of(&[scope.name()]).has_any(endpoint.scopes);
    let any = format!("**Scopes, any of:** {}", quoted(Scope::ALL.iter().filter(does).map(|scope| scope.name())));
    let adds = endpoint.adding.iter().map(|scope| format!("; `{}` adds {}", scope.name(), scope.gives()));
    std::iter::once(any).chain(adds).collect()
}

fn quoted<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn operation(endpoint: &Endpoint, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".into(), endpoint.id.into());
    operation.insert("summary".into(), endpoint.summary.into());
    operation.insert("tags".into(), json!([endpoint.about]));
    if endpoint.guarded {
        operation.insert("description".into(), scopes_that_do(endpoint).into());
    }
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation.insert("parameters".into(), parameters.into());
    }
    if !endpoint.body.is_empty() {
        let mut content = content(&endpoint.body, schemas);
        for (media, example) in endpoint.examples {
            let json = serde_json::from_str(example).ok().filter(|_| media.ends_with("json"));
            if let Some(of_media) = content.get_mut(media).and_then(Value::as_object_mut) {
                of_media.insert("example".into(), json.unwrap_or_else(|| (*example).into()));
            }
        }
        operation.insert("requestBody".into(), json!({"required": true, "content": content}));
    }
    operation.insert("responses".into(), responses(endpoint, schemas));
    operation.insert("security".into(), security(endpoint));
    Value::Object(operation)
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let text = json!({"type": "string"});
    let in_path = endpoint.path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
    let path = in_path.map(|name| {
        let words = endpoint.words.iter().find(|(of, _)| *of == name).map(|(_, words)| words);
        let schema = words.map_or_else(|| text.clone(), |words| json!({"type": "string", "enum": words}));
        json!({"name": name, "in": "path", "required": true, "schema": schema})
    });
    let query = endpoint.options.iter().map(|name| {
        let general = OPTIONS.iter().find(|(option, _)| option == name).map_or("", |(_, what)| *what);
        let of_kind = IN_KIND.iter().find(|(about, option, _)| *about == endpoint.about && option == name);
        let mut what = of_kind.map_or(general, |(_, _, what)| *what).to_owned();
        for (_, fields) in endpoint.fields.iter().filter(|(option, _)| option == name) {
            what.extend([". It takes ", fields]);
        }
        let mut parameter = json!({"name": name, "in": "query", "description": what, "schema": text});
        // What is read and is not OData's is what the request is about: a window.
        let is_window = endpoint.method == Method::GET && !name.starts_with('$');
        if let Some(parameter) = parameter.as_object_mut().filter(|_| is_window) {
            parameter.insert("required".into(), true.into());
        }
        parameter
    });
    let header = endpoint
        .headers
        .iter()
        .map(|(name, what)| json!({"name": name, "in": "header", "description": what, "schema": text}));
    path.chain(query).chain(header).collect()
}

/// Statuses of problems that every operation may be answered with.
const ALWAYS: &[u16] = &[400, 414, 429, 431, 503];

fn responses(endpoint: &Endpoint, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut responses = Map::new();
    for (status, what, carried) in &endpoint.answers {
        let response = match carried {
            Content::Empty => json!({"description": what}),
            carried => json!({"description": what, "content": content(carried, schemas)}),
        };
        responses.insert(status.to_string(), response);
    }
    let of_tokens: &[u16] = match (endpoint.guarded, endpoint.scopes) {
        (false, _) => &[],
        (true, []) => &[401],
        (true, _) => &[401, 403],
    };
    // What has an id in its path may not be there.
    let of_ids: &[u16] = if endpoint.path.contains('{') { &[404] } else { &[] };
    for status in ALWAYS.iter().chain(of_tokens).chain(of_ids).chain(endpoint.problems) {
        let reason = actix_web::http::StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/error"}}});
        responses.insert(status.to_string(), json!({"description": reason.unwrap_or_default(), "content": content}));
    }
    Value::Object(responses)
}

fn content(carried: &Content, schemas: &mut BTreeMap<String, Value>) -> Value {
    match carried {
        Content::Empty => json!({}),
        Content::Json(schema) => json!({"application/json": json_of(*schema, schemas)}),
        Content::JsonOr(schema, media) => {
            let others = media.iter().map(|media| ((*media).to_owned(), json!({})));
            let json = [("application/json".to_owned(), json_of(*schema, schemas))];
            json.into_iter().chain(others).collect::<Map<_, _>>().into()
        }
        Content::Media(media) => {
            media.iter().map(|media| ((*media).to_owned(), json!({}))).collect::<Map<_, _>>().into()
        }
    }
}

/// Any one of the scopes, in any of the presentations: alternatives stand beside each other (OpenAPI 3.1, Operation.security).
fn security(endpoint: &Endpoint) -> Value {
    let schemes = ["bearer", "wrap"];
    let needs = |scopes: &[&str]| schemes.map(|scheme| json!({scheme: scopes}));
    let alternatives: Vec<Value> = match endpoint.scopes {
        [] if endpoint.guarded => needs(&[]).into(),
        scopes => scopes.iter().flat_map(|scope| needs(&[scope.name()])).collect(),
    };
    alternatives.into()
}

fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT (JWS in JWE, RFC 9068)",
            "description": "Paste an access token, without the word `Bearer`.",
        },
        "wrap": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "For clients of OAuth WRAP, instead of the above: paste `WRAP access_token=\"<token>\"`, \
                            whole (draft-hardt-oauth-01, section 4.3). The tokens are the same.",
        },
    })
}

/// JSON of this schema. The schema's own example stands here instead: not every tool looks for it there.
fn json_of(schema: NamedSchema, schemas: &mut BTreeMap<String, Value>) -> Value {
    let (name, schema) = schema();
    let mut schema = serde_json::to_value(schema).unwrap_or_default();
    let mut content = json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});
    let examples = schema.as_object_mut().and_then(|schema| schema.remove("examples"));
    if let (Some(content), Some(Value::Array(examples))) = (content.as_object_mut(), examples) {
        content.extend(examples.into_iter().next().map(|example| ("example".to_owned(), example)));
    }
    schemas.insert(name, schema);
    content
}

fn error_schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "required": ["error", "type", "title", "status", "detail"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "innerError"],
                "properties": {
                    "code": text, "message": text, "target": text,
                    "innerError": {
                        "type": "object",
                        "required": ["date", "request-id"],
                        "properties": {"date": text, "request-id": text, "client-request-id": text},
                    },
                },
            },
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "instance": text,
        },
    })
}
