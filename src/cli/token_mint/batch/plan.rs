//! From the file to the tokens that are to be made, each by its name.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::super::Claims;
use super::file::{Batch, Client, Person, Product, Spoilt, Token};

/// The most tokens that one file makes.
const MOST_TOKENS: usize = 10_000;

/// A token that is to be made.
pub(super) struct Planned {
    pub(super) claims: Claims,
    pub(super) fault: Option<Spoilt>,
}

/// Whose tokens, and for whom: the file's word, unless a flag says otherwise.
pub(super) struct Common {
    pub(super) issuer: String,
    pub(super) audience: Vec<String>,
}

/// Every token of `batch`, or the one line that says what is wrong with it.
pub(super) fn plan(batch: &Batch, common: &Common, now: DateTime<Utc>) -> Result<BTreeMap<String, Planned>, String> {
    let mut tokens = batch.tokens.clone();
    if let Some(product) = &batch.product {
        for (name, token) in combinations(batch, product)? {
            if tokens.insert(name.clone(), token).is_some() {
                return Err(format!("tokens.{name} is also made by `product`: give it another name"));
            }
        }
    }
    if tokens.is_empty() {
        return Err("names no token: add `tokens` or `product`".into());
    }
    if tokens.len() > MOST_TOKENS {
        return Err(format!("names {} tokens; at most {MOST_TOKENS} are made at once", tokens.len()));
    }
    let mut planned = BTreeMap::new();
    for (name, token) in tokens {
        check_name(&name)?;
        let claims = claims(batch, common, &name, &token, now)?;
        planned.insert(name, Planned { claims, fault: token.fault });
    }
    Ok(planned)
}

/// A name that is also one of a shell's variables, so that it is the same in every format.
fn check_name(name: &str) -> Result<(), String> {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(64).collect();
    Err(format!(
        "`{safe}` (others replaced by _) must be the name of a variable: letters, digits and _, no digit first"
    ))
}

fn combinations(batch: &Batch, product: &Product) -> Result<Vec<(String, Token)>, String> {
    let people = product.people.clone().unwrap_or_else(|| batch.people.keys().cloned().collect());
    let clients = product.clients.clone().unwrap_or_else(|| batch.clients.keys().cloned().collect());
    if people.is_empty() || clients.is_empty() || product.scopes.is_empty() {
        return Err("product: people, clients and scopes must each name at least one".into());
    }
    if people.len().saturating_mul(clients.len()).saturating_mul(product.scopes.len()) > MOST_TOKENS {
        return Err(format!("product: makes more than {MOST_TOKENS} tokens"));
    }
    let mut all = Vec::new();
    for person in &people {
        for client in &clients {
            for (name, scope) in &product.scopes {
                let token = Token {
                    person: Some(person.clone()),
                    client: Some(client.clone()),
                    scope: scope.clone(),
                    ..Token::default()
                };
                all.push((format!("{person}_{client}_{name}"), token));
            }
        }
    }
    Ok(all)
}

fn claims(batch: &Batch, common: &Common, name: &str, token: &Token, now: DateTime<Utc>) -> Result<Claims, String> {
    let (client_name, client) = client(batch, name, token)?;
    let client = client.client_id.clone().unwrap_or(client_name.clone());
    let (subject, mut more) = match &token.person {
        None => (client.clone(), Map::new()),
        Some(person) => {
            let Person { sub, claims } = batch.people.get(person).ok_or_else(|| unknown(name, "person", person))?;
            (sub.clone().unwrap_or_else(|| person.clone()), claims.clone())
        }
    };
    more.extend(token.claims.clone());
    if let Some(fault) = token.fault {
        spoil(&mut more, fault, now);
    }
    Ok(Claims {
        issuer: common.issuer.clone(),
        audience: common.audience.clone(),
        subject,
        client,
        scope: token.scope.clone(),
        lifetime_s: token.lifetime_s.unwrap_or(batch.lifetime_s).into(),
        more,
    })
}

fn client<'b>(batch: &'b Batch, name: &str, token: &Token) -> Result<(&'b String, &'b Client), String> {
    if let Some(client) = &token.client {
        return batch.clients.get_key_value(client).ok_or_else(|| unknown(name, "client", client));
    }
    let only = batch.clients.iter().next().filter(|_| batch.clients.len() == 1);
    only.ok_or_else(|| format!("tokens.{name}: say which `client`: the file has {}", batch.clients.len()))
}

fn unknown(name: &str, kind: &str, wanted: &str) -> String {
    let wanted = crate::json::shown(wanted);
    format!("tokens.{name}.{kind}: there is no `{wanted}` in the file")
}

/// Claims that are wrong in that one way; what is not a claim is spoilt when the token is made.
fn spoil(claims: &mut Map<String, Value>, fault: Spoilt, now: DateTime<Utc>) {
    let hour = |hours| (now + TimeDelta::hours(hours)).timestamp();
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    match fault {
        Spoilt::Expired => {
            say("iat", json!(hour(-2)));
            say("exp", json!(hour(-1)));
        }
        Spoilt::NotYetValid => drop(say("nbf", json!(hour(1)))),
        Spoilt::WrongAudience => drop(say("aud", json!("https://another-server.invalid"))),
        Spoilt::WrongIssuer => drop(say("iss", json!("https://another-authority.invalid"))),
        Spoilt::Unencrypted | Spoilt::Damaged => {}
    }
}
