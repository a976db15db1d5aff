//! A value that a client gives for a member that holds one already. What was imported is kept as it is, and may be sent back.
//! May import `shape`, `problem`.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::resources::shape::{Shape, invalid, is_annotation};

/// The value as it reads back, checked by its shape but for what is there already.
pub fn checked(shape: &Shape, current: &Value, given: &Value, name: &str) -> Result<Value, Problem> {
    let (current, given) = (&normal(current), normal(given));
    if *current == given {
        return Ok(given);
    }
    let value = match (shape, &given, current) {
        (Shape::List(most, shape), Value::Array(items), Value::Array(known)) if items.len() <= *most => {
            let each = |(at, item): (usize, &Value)| match known.contains(item) {
                true => Ok(item.clone()),
                false if item.is_null() => Err(invalid(&format!("{name}[{at}]"), "is null")),
                false => shape.merged(&Value::Null, item, &format!("{name}[{at}]")),
            };
            items.iter().enumerate().map(each).collect::<Result<_, _>>().map(Value::Array)?
        }
        _ => shape.merged(current, &given, name)?,
    };
    Ok(normal(&value))
}

/// As it reads back: an empty text is null and stands in no list, a line ends with LF, annotations are none.
pub fn normal(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => text.replace("\r\n", "\n").replace('\r', "\n").into(),
        Value::Array(items) => {
            let items = items.iter().filter(|item| item.as_str() != Some(""));
            items.map(|item| if item.is_object() { normal(item) } else { item.clone() }).collect()
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| !is_annotation(name));
            members.map(|(name, value)| (name.clone(), normal(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}
