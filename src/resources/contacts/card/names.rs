//! A name for a card that has none: the best of what else it says. Imports `property`.

use crate::resources::contacts::card::property::{Property, escaped};

/// A value for FN, which vCard wants in every card; empty if the card says nothing that could stand for a name.
pub(super) fn derived(properties: &[Property]) -> String {
    let first = |name: &str| properties.iter().find(|property| property.is(name));
    let name = first("N").map(|n| {
        let parts = [3, 1, 2, 0, 4].map(|at| n.words(at));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let others = ["NICKNAME", "ORG", "EMAIL", "TEL"].into_iter().filter_map(first);
    let mut texts = name.into_iter().chain(others.map(|property| property.component(0)));
    escaped(&texts.find(|text| !text.trim().is_empty()).unwrap_or_default())
}
