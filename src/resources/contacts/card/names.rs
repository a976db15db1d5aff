//! A name for a card that has none: the best of what else it says. Imports `content_line`.

use crate::query::text::looks_like_address_or_number;
use crate::resources::content_line::{Property, escaped};

/// A value for FN, which vCard wants in every card; empty if the card says nothing that could stand for a name.
pub(super) fn derived(properties: &[Property]) -> String {
    let first = |name: &str| properties.iter().find(|property| property.is(name));
    let name = first("N").map(|n| {
        let parts = [3, 1, 2, 0, 4].map(|at| n.words(at));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let others = ["NICKNAME", "ORG"].into_iter().filter_map(first).map(|property| property.component(0));
    // One of these only if it can be told that it is no name: else Contacts.ReadBasic would show it as one.
    let contacts = ["EMAIL", "TEL"].into_iter().filter_map(first).map(|property| property.component(0));
    let told_apart = contacts.filter(|text| looks_like_address_or_number(text));
    let mut texts = name.into_iter().chain(others).chain(told_apart);
    escaped(&texts.find(|text| !text.trim().is_empty()).unwrap_or_default())
}
