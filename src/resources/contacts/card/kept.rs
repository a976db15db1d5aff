//! Whether a conversion there and back kept what was given: calcard leaves out, silently, what is not of the type that its
//! place wants. Imports json, `serde_json`.

use std::collections::HashMap;

use serde_json::Value;

use crate::json;

/// One value that says something: its path, and its text as the other side may write it.
type Leaf = (String, String);

/// The path of the first value of `given` that `back` does not have: at its place, or, moved, at another.
pub(super) fn lost(given: &Value, back: &Value) -> Option<String> {
    let (mut had, mut has) = (Vec::new(), Vec::new());
    leaves(given, &[], &mut had);
    leaves(back, &[], &mut has);
    let mut places: HashMap<Leaf, usize> = HashMap::new();
    for leaf in has {
        *places.entry(leaf).or_default() += 1;
    }
    had.retain(|leaf| !taken(&mut places, leaf));
    let mut elsewhere: HashMap<String, usize> = HashMap::new();
    for ((_, text), count) in places {
        *elsewhere.entry(text).or_default() += count;
    }
    had.into_iter().find(|(_, text)| !taken(&mut elsewhere, text)).map(|(path, _)| path)
}

fn taken<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) -> bool {
    counts.get_mut(key).filter(|count| **count > 0).map(|count| *count -= 1).is_some()
}

/// The values within `value`; what only says that there is nothing, or what a place implies, is none.
fn leaves(value: &Value, path: &[&str], out: &mut Vec<Leaf>) {
    let name = path.last().copied().unwrap_or_default();
    let text = match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "@type") {
                leaves(value, &[path, &[name]].concat(), out);
            }
            return;
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                leaves(item, &[path, &[&at.to_string()]].concat(), out);
            }
            return;
        }
        Value::Null | Value::Bool(false) => return,
        // The member of a set.
        Value::Bool(true) => name.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
    };
    // What a line of a card cannot hold is no loss.
    let text: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')).collect();
    // Which property of which group a member was made of is calcard's own note; a time zone becomes TZ, which goes out as such.
    let noted = matches!(path, ["vCard", "convertedProperties", .., "name" | "group"] | ["addresses", _, "timeZone"]);
    if path != ["version"] && !noted && !text.is_empty() {
        let path: Vec<String> = path.iter().map(|name| json::shown(name)).collect();
        out.push((path.join("/"), text));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lost;

    #[test]
    fn a_value_may_move_but_not_go() {
        let given = json!({"version": "1.0", "a": {"@type": "A", "b": "x", "c": null, "d": false}, "e": ["x"], "f": {"g": true}});
        assert_eq!(lost(&given, &given), None);
        assert_eq!(lost(&given, &json!({"a": {"b": "x"}, "moved": "x", "f": {"g": true}})), None);
        assert_eq!(lost(&given, &json!({"a": {"b": "x"}, "f": {"g": true}})).as_deref(), Some("e/0"));
        assert_eq!(lost(&given, &json!({"a": {"b": "x"}, "e": ["x"]})).as_deref(), Some("f/g"));
        assert_eq!(lost(&json!({"k": {"number": 5}}), &json!({"k": {}})).as_deref(), Some("k/number"));
    }
}
