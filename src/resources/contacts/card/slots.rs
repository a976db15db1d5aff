//! Where a member's values stand in a card, and how a change of the member changes just those: an unchanged value keeps
//! its parameters, a changed one its place. Imports `content_line`, `serde_json`.

use serde_json::Value;

use crate::resources::content_line::{Property, escaped};

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

/// Those of others, and the properties of a name beside which Apple's label of the same group says that they are this:
/// `item1.X-ABDATE` with `item1.X-ABLabel:_$!<Anniversary>!$_`.
pub(super) struct Labelled(pub(super) &'static (dyn Slots + Sync), pub(super) &'static str, pub(super) &'static str);

const LABEL: &str = "X-ABLABEL";

fn same_group(one: &Property, other: &Property) -> bool {
    matches!((&one.group, &other.group), (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
}

impl Slots for Labelled {
    fn places(&self, properties: &[Property]) -> Vec<usize> {
        let says = |label: &&Property| {
            let text = label.text();
            let bare = text.trim().trim_start_matches("_$!<").trim_end_matches(">!$_");
            label.is(LABEL) && bare.eq_ignore_ascii_case(self.2)
        };
        let labels: Vec<&Property> = properties.iter().filter(says).collect();
        let named = |property: &Property| property.is(self.1) && labels.iter().any(|label| same_group(label, property));
        let mut places = self.0.places(properties);
        places.extend(properties.iter().enumerate().filter(|(_, property)| named(property)).map(|(at, _)| at));
        places.sort_unstable();
        places
    }

    fn shown(&self, property: &Property) -> Value {
        if property.is(self.1) { property.text().into() } else { self.0.shown(property) }
    }

    fn set(&self, property: &mut Property, value: &Value) {
        if property.is(self.1) {
            property.value = escaped(value.as_str().unwrap_or_default());
        } else {
            self.0.set(property, value);
        }
    }

    fn blank(&self) -> Property {
        self.0.blank()
    }
}

/// Takes out the labels of groups of which a change has left nothing else.
pub(super) fn drop_labels(before: &[Property], after: &mut Vec<Property>) {
    let labels = |label: &Property, all: &[Property]| {
        label.is(LABEL) && all.iter().any(|property| !property.is(LABEL) && same_group(property, label))
    };
    let stays: Vec<bool> = after.iter().map(|property| !labels(property, before) || labels(property, after)).collect();
    let mut stays = stays.into_iter();
    after.retain(|_| stays.next().unwrap_or(true));
}

/// As many of a kind are shown; what a card holds beyond stays in the card.
const SHOWN: usize = 100;

/// The places of those that say something, and what they say.
fn visible(properties: &[Property], slots: &dyn Slots) -> Vec<(usize, Value)> {
    let each = slots.places(properties).into_iter().filter_map(|at| Some((at, slots.shown(properties.get(at)?))));
    let says = |value: &Value| value.get("address").unwrap_or(value).as_str() != Some("");
    each.filter(|(_, value)| says(value)).take(SHOWN).collect()
}

/// The values that the member has.
pub(super) fn all(properties: &[Property], slots: &dyn Slots) -> Vec<Value> {
    visible(properties, slots).into_iter().map(|(_, value)| value).collect()
}

/// Makes `given` the first value, or removes it; the others stay.
pub(super) fn put_first(properties: &mut Vec<Property>, slots: &dyn Slots, given: Option<&Value>) {
    let first = visible(properties, slots).first().map(|(at, _)| *at);
    // An empty one is filled rather than followed by another.
    let place = first.or_else(|| slots.places(properties).first().copied());
    match (place.and_then(|at| properties.get_mut(at)), given) {
        (Some(property), Some(given)) => change(property, slots, given),
        (None, Some(given)) => properties.push(fresh(slots, given)),
        (_, None) => drop(first.map(|at| properties.remove(at))),
    }
}

/// Makes `given` the member's values, in this order.
pub(super) fn put_all(properties: &mut Vec<Property>, slots: &dyn Slots, given: &[Value]) {
    let (places, mut old): (Vec<usize>, Vec<_>) = visible(properties, slots)
        .into_iter()
        .filter_map(|(at, value)| Some((at, Some((value, properties.get(at)?.clone())))))
        .unzip();
    let mut new: Vec<Option<Property>> = given.iter().map(|value| equal(&mut old, value)).collect();
    // What is not there yet takes the place of what is there no more, else it is new.
    for (at, (slot, value)) in new.iter_mut().zip(given).enumerate() {
        if slot.is_none() {
            let replaced = old.get_mut(at).and_then(Option::take).map(|(_, property)| property);
            let mut property = replaced.unwrap_or_else(|| slots.blank());
            slots.set(&mut property, value);
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
    let end = places.last().map_or(properties.len(), |last| last + 1);
    let new: Vec<Property> = new.collect();
    properties.splice(end..end, new);
    for at in gone.into_iter().rev() {
        properties.remove(at);
    }
}

fn equal(old: &mut [Option<(Value, Property)>], value: &Value) -> Option<Property> {
    let same = |slot: &&mut Option<(Value, Property)>| slot.as_ref().is_some_and(|(shown, _)| shown == value);
    old.iter_mut().find(same).and_then(Option::take).map(|(_, property)| property)
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
