//! Where a member's values stand in a card, and how a change of the member changes just those: an unchanged value keeps
//! its parameters, a changed one its place. Imports `property`, serde_json.

use serde_json::Value;

use crate::resources::contacts::card::property::Property;

/// The properties that one member shows, each as one value.
pub(super) trait Slots {
    /// Where they stand.
    fn places(&self, properties: &[Property]) -> Vec<usize>;
    /// What the member says of one.
    fn shown(&self, property: &Property) -> Value;
    /// Puts another value into one.
    fn set(&self, property: &mut Property, value: &Value);
    /// One without a value.
    fn blank(&self) -> Property;
}

/// The values that the member has.
pub(super) fn all(properties: &[Property], slots: &dyn Slots) -> Vec<Value> {
    slots.places(properties).into_iter().filter_map(|at| properties.get(at)).map(|one| slots.shown(one)).collect()
}

/// Makes `given` the first value, or removes it; the others stay.
pub(super) fn put_first(properties: &mut Vec<Property>, slots: &dyn Slots, given: Option<&Value>) {
    let first = slots.places(properties).first().copied();
    match (first, given) {
        (Some(at), Some(given)) => {
            if let Some(property) = properties.get_mut(at) {
                change(property, slots, given);
            }
        }
        (Some(at), None) => drop(properties.remove(at)),
        (None, Some(given)) => properties.push(fresh(slots, given)),
        (None, None) => {}
    }
}

/// Makes `given` the member's values, in this order.
pub(super) fn put_all(properties: &mut Vec<Property>, slots: &dyn Slots, given: &[Value]) {
    let places = slots.places(properties);
    let mut old: Vec<Option<Property>> = places.iter().map(|at| properties.get(*at).cloned()).collect();
    let mut new: Vec<Option<Property>> = given.iter().map(|value| equal(&mut old, slots, value)).collect();
    // What is not there yet takes the place of what is there no more, else it is new.
    for (at, (slot, value)) in new.iter_mut().zip(given).enumerate() {
        if slot.is_none() {
            let mut property = old.get_mut(at).and_then(Option::take).unwrap_or_else(|| slots.blank());
            change(&mut property, slots, value);
            *slot = Some(property);
        }
    }
    let mut new = new.into_iter().flatten();
    let mut gone = Vec::new();
    for at in &places {
        match (new.next(), properties.get_mut(*at)) {
            (Some(property), Some(place)) => *place = property,
            _ => gone.push(*at),
        }
    }
    for at in gone.into_iter().rev() {
        properties.remove(at);
    }
    let end = places.last().map_or(properties.len(), |last| (last + 1).min(properties.len()));
    properties.splice(end..end, new);
}

fn equal(old: &mut [Option<Property>], slots: &dyn Slots, value: &Value) -> Option<Property> {
    let same = |slot: &&mut Option<Property>| slot.as_ref().is_some_and(|property| slots.shown(property) == *value);
    old.iter_mut().find(same).and_then(Option::take)
}

fn change(property: &mut Property, slots: &dyn Slots, value: &Value) {
    if slots.shown(property) != *value {
        slots.set(property, value);
    }
}

fn fresh(slots: &dyn Slots, value: &Value) -> Property {
    let mut property = slots.blank();
    slots.set(&mut property, value);
    property
}
