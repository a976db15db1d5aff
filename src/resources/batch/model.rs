//! What a batch asks for, read strictly: what is wrong with it is refused with its place before anything is done.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::shown;
use crate::problem::{Code, Problem};

/// How many requests a batch may have; a contract with clients, which split what is more.
pub const MOST: usize = 20;
/// How many header fields a part may have at the most, whatever the limits are.
const HEADERS: usize = 64;
/// How long an `id` may be, bytes.
const ID_BYTES: usize = 256;

/// A batch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    requests: Few<Asked, MOST>,
}

/// One request of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its name within the batch.
    pub id: String,
    /// Method.
    pub method: String,
    /// URL: relative to `/v1.0`, from the root, or absolute.
    pub url: String,
    /// Header fields.
    #[serde(default)]
    pub headers: Option<Headers>,
    /// Body: JSON, or a string of base64.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// The ids of those that must have gone well before.
    #[serde(default, rename = "dependsOn", alias = "depends_on")]
    depends_on: Option<Few<String, MOST>>,
}

/// Names and values in the order in which they stand.
#[derive(Debug, Default)]
pub struct Headers(pub Vec<(String, String)>);

/// A request and the places of those that it depends on.
#[derive(Debug)]
pub struct Step {
    /// What is asked.
    pub asked: Asked,
    /// Those before it.
    pub after: Vec<usize>,
}

/// Reads a batch.
pub fn read(text: &[u8]) -> Result<Vec<Step>, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let batch: Batch = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        // Both may hold what was sent, of any length.
        let (place, why) = (shown(&fault.path().to_string()), fault.inner().to_string());
        // Where in the text is for who wrote it by hand; of the whole, there is no place to name.
        let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why);
        let why: String = why.chars().filter(|c| !c.is_control()).take(160).collect();
        if place == "." {
            return refused(format!("The batch is not what it must be: {why}."), "body".into());
        }
        refused(format!("The batch is not what it must be, at `{place}`: {why}."), place)
    })?;
    reader.end().map_err(|fault| refused(format!("The batch is not JSON: {fault}."), "body".into()))?;
    let Few(asked) = batch.requests;
    if asked.is_empty() {
        return Err(refused("A batch has at least one request.".into(), "requests".into()));
    }
    let places = places(&asked)?;
    let after = asked.iter().enumerate().map(|(at, asked)| after(at, asked, &places)).collect::<Result<Vec<_>, _>>()?;
    Ok(asked.into_iter().zip(after).map(|(asked, after)| Step { asked, after }).collect())
}

/// The places of the steps in an order in which each comes after those that it depends on; otherwise in their own.
pub fn order(steps: &[Step]) -> Result<Vec<usize>, Problem> {
    let mut order: Vec<usize> = Vec::with_capacity(steps.len());
    while order.len() < steps.len() {
        let free = |(at, step): &(usize, &Step)| !order.contains(at) && step.after.iter().all(|of| order.contains(of));
        let Some((at, _)) = steps.iter().enumerate().find(free) else {
            let stuck = (0..steps.len()).find(|at| !order.contains(at)).unwrap_or_default();
            let message = "These requests wait for each other in a circle; `dependsOn` must not lead back.";
            return Err(refused(message.into(), format!("requests[{stuck}].dependsOn")));
        };
        order.push(at);
    }
    Ok(order)
}

/// A batch that is refused whole, for what stands at `place`.
pub fn refused(message: String, place: String) -> Problem {
    Problem::new(Code::InvalidRequest, message).target(place)
}

fn places(asked: &[Asked]) -> Result<HashMap<&str, usize>, Problem> {
    let mut places = HashMap::new();
    for (at, Asked { id, .. }) in asked.iter().enumerate() {
        let place = || format!("requests[{at}].id");
        if id.is_empty() || id.len() > ID_BYTES {
            return Err(refused(format!("An `id` is a text of 1 to {ID_BYTES} bytes."), place()));
        }
        if places.insert(id.as_str(), at).is_some() {
            return Err(refused(format!("The `id` {} is there twice.", shown(id)), place()));
        }
    }
    Ok(places)
}

fn after(at: usize, asked: &Asked, places: &HashMap<&str, usize>) -> Result<Vec<usize>, Problem> {
    let Some(Few(ids)) = &asked.depends_on else { return Ok(Vec::new()) };
    let of = |(nth, id): (usize, &String)| {
        places.get(id.as_str()).copied().ok_or_else(|| {
            let message = format!("`dependsOn` names {}, which is the `id` of no request of this batch.", shown(id));
            refused(message, format!("requests[{at}].dependsOn[{nth}]"))
        })
    };
    ids.iter().enumerate().map(of).collect()
}

/// An array of at most so many; one more is refused before it is kept.
#[derive(Debug)]
struct Few<T, const MOST: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Few<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Reader<T, MOST> {
            type Value = Few<T, MOST>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an array of at most {MOST}")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < MOST {
                    let Some(item) = seq.next_element()? else { return Ok(Few(items)) };
                    items.push(item);
                }
                match seq.next_element::<IgnoredAny>()? {
                    None => Ok(Few(items)),
                    Some(_) => Err(de::Error::custom(format_args!("more than {MOST}: send the rest in another batch"))),
                }
            }
        }
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Headers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object of at most {HEADERS} texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields: Vec<(String, String)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    if fields.len() == HEADERS {
                        return Err(de::Error::custom(format_args!("more than {HEADERS} header fields")));
                    }
                    if fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
                        return Err(de::Error::custom(format_args!(
                            "the header field {} is there twice",
                            shown(&name)
                        )));
                    }
                    fields.push((name, value));
                }
                Ok(Headers(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}
