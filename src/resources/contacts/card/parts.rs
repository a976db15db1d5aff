//! Members that are a part of a property: components of N and ORG, addresses, the first of a list of nicknames, the
//! categories. Imports `content_line`, `texts`, `serde_json`.

use serde_json::{Value, json};

use crate::resources::contacts::card::texts::text;
use crate::resources::content_line::{Property, escaped, split, unescaped};

/// One component of the first property of a name, as text.
pub(super) fn component(properties: &[Property], name: &str, at: usize) -> String {
    let said = |property: &Property| if property.is("N") { property.words(at) } else { property.component(at) };
    properties.iter().find(|property| property.is(name)).map(said).unwrap_or_default()
}

/// Puts a text into it; a property of which nothing is left goes.
pub(super) fn put_component(properties: &mut Vec<Property>, name: &str, at: usize, text: &str) {
    if component(properties, name, at) == text {
        return;
    }
    let place = place_or_new(properties, || Property::new(name, String::new()), |property| property.is(name));
    let Some(property) = properties.get_mut(place) else { return };
    property.set_component(at, text);
    // RFC 9554: a family name holds the secondary one too, a suffix the generation.
    disagree(property, at, &[(0, 5), (4, 6)]);
    if property.is("N") && property.components().len() < 5 {
        let missing = 5 - property.components().len();
        property.value.extend(std::iter::repeat_n(';', missing));
    }
    if property.components().iter().all(|part| part.is_empty()) {
        properties.remove(place);
    }
}

/// Leaves nothing in the property that repeats what component `at` was: JSContact believes it before the component, and who writes
/// an envelope believes an address's label.
fn disagree(property: &mut Property, at: usize, repeated: &[(usize, usize)]) {
    let params: &[&str] = if property.is("ADR") { &["JSCOMPS", "LABEL"] } else { &["JSCOMPS"] };
    property.params.retain(|(name, _)| !params.iter().any(|repeats| name.eq_ignore_ascii_case(repeats)));
    for (_, more) in repeated.iter().filter(|(of, _)| *of == at) {
        if !property.component(*more).is_empty() {
            property.set_component(*more, "");
        }
    }
}

fn place_or_new(
    properties: &mut Vec<Property>,
    new: impl FnOnce() -> Property,
    is: impl Fn(&Property) -> bool,
) -> usize {
    let place = properties.iter().position(is);
    place.unwrap_or_else(|| {
        properties.push(new());
        properties.len() - 1
    })
}

/// The first nickname.
pub(super) fn nickname(properties: &[Property]) -> String {
    let first = properties.iter().find(|property| property.is("NICKNAME"));
    let first = first.and_then(|property| split(&property.value, ',').first().copied()).map(unescaped);
    first
        .or_else(|| properties.iter().find(|property| is_androids(property)).map(|property| property.component(1)))
        .unwrap_or_default()
}

/// Android's property for what vCard 2.1 has no name for: kind, then value.
fn is_androids(property: &Property) -> bool {
    property.is("X-ANDROID-CUSTOM") && property.component(0).eq_ignore_ascii_case("vnd.android.cursor.item/nickname")
}

/// Makes `text` the first nickname; the others stay.
pub(super) fn put_nickname(properties: &mut Vec<Property>, text: &str) {
    if nickname(properties) == text {
        return;
    }
    let is = |property: &Property| property.is("NICKNAME");
    let androids = properties.iter().position(is_androids).filter(|_| !properties.iter().any(is));
    if let Some(place) = androids {
        if text.is_empty() {
            properties.remove(place);
        } else if let Some(property) = properties.get_mut(place) {
            property.set_component(1, text);
        }
        return;
    }
    let place = place_or_new(properties, || Property::new("NICKNAME", String::new()), is);
    let Some(property) = properties.get_mut(place) else { return };
    let rest = split(&property.value, ',').into_iter().skip(1).map(str::to_owned);
    let first = Some(escaped(text)).filter(|first| !first.is_empty());
    property.value = first.into_iter().chain(rest).collect::<Vec<_>>().join(",");
    if property.value.is_empty() {
        properties.remove(place);
    }
}

/// How many categories are shown; a card may have any number.
const SHOWN: usize = 100;

/// The categories that are shown.
pub(super) fn categories(properties: &[Property]) -> Vec<Value> {
    all_categories(properties).take(SHOWN).map(Value::from).collect()
}

fn all_categories(properties: &[Property]) -> impl Iterator<Item = String> {
    let lists = properties.iter().filter(|property| property.is("CATEGORIES"));
    let each = lists.flat_map(|list| split(&list.value, ',')).map(|one| unescaped(one).trim().to_owned());
    each.filter(|one| !one.is_empty())
}

/// Makes these the categories that are shown, all in the first CATEGORIES; those that are not shown stay.
pub(super) fn put_categories(properties: &mut Vec<Property>, given: &[Value]) {
    if categories(properties) == given {
        return;
    }
    let more: Vec<String> = all_categories(properties).skip(SHOWN).map(|one| escaped(&one)).collect();
    let is = |property: &Property| property.is("CATEGORIES");
    let place = place_or_new(properties, || Property::new("CATEGORIES", String::new()), is);
    let mut at = 0;
    properties.retain(|property| {
        let keep = !is(property) || at == place;
        at += 1;
        keep
    });
    if given.is_empty() && more.is_empty() {
        properties.remove(place);
    } else if let Some(property) = properties.get_mut(place) {
        property.value = given.iter().map(|one| escaped(text(one))).chain(more).collect::<Vec<_>>().join(",");
    }
}

/// Which of the addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    Home,
    Business,
    Other,
}

/// The members of an address beside `street`, and their components.
const COMPONENTS: [(&str, usize); 4] = [("city", 3), ("state", 4), ("countryOrRegion", 6), ("postalCode", 5)];
/// What Graph calls the street: box, flat and street, a line each.
const STREET: [usize; 3] = [0, 1, 2];
/// What RFC 9554 says of the street beside it, from the room to the direction.
const STREET_PARTS: std::ops::Range<usize> = 7..18;

impl Address {
    fn is(self, property: &Property) -> bool {
        let kind = match () {
            () if property.typed("HOME") => Self::Home,
            () if property.typed("WORK") => Self::Business,
            () => Self::Other,
        };
        property.is("ADR") && kind == self
    }

    /// The first address of this kind.
    pub(super) fn shown(self, properties: &[Property]) -> Value {
        properties.iter().find(|property| self.is(property)).map_or(Value::Null, shown)
    }

    /// Makes `given` that address; its other components, its parameters and further addresses stay.
    pub(super) fn put(self, properties: &mut Vec<Property>, given: &Value) {
        let current = self.shown(properties);
        let said = |name: &str| given.get(name).map(text).unwrap_or_default();
        let empty =
            ["street", "city", "state", "countryOrRegion", "postalCode"].iter().all(|name| said(name).is_empty());
        let place = properties.iter().position(|property| self.is(property));
        if empty {
            if let Some(place) = place.filter(|_| !current.is_null()) {
                properties.remove(place);
            }
            return;
        }
        let place = place_or_new(properties, || self.blank(), |property| self.is(property));
        let Some(property) = properties.get_mut(place) else { return };
        let was = |name: &str| current.get(name).map(text).unwrap_or_default();
        if said("street") != was("street") {
            for at in STREET {
                property.set_component(at, if at == 2 { said("street") } else { "" });
            }
            let repeated: Vec<_> = STREET_PARTS.map(|more| (2, more)).collect();
            disagree(property, 2, &repeated);
        }
        for (name, at) in COMPONENTS {
            if said(name) != was(name) {
                property.set_component(at, said(name));
                disagree(property, at, &[]);
            }
        }
    }

    fn blank(self) -> Property {
        let adr = Property::new("ADR", ";;;;;;".to_owned());
        match self {
            Self::Home => adr.with("TYPE", "home"),
            Self::Business => adr.with("TYPE", "work"),
            Self::Other => adr,
        }
    }
}

fn shown(adr: &Property) -> Value {
    let line = |at: usize| Some(adr.component(at)).filter(|text| !text.trim().is_empty());
    let street: Vec<String> = STREET.into_iter().filter_map(line).collect();
    let street = Some(street.join("\n").replace("\r\n", "\n")).filter(|street| !street.is_empty());
    let [city, state, country, postal] = COMPONENTS.map(|(_, at)| line(at));
    if [&street, &city, &state, &country, &postal].iter().all(|part| part.is_none()) {
        return Value::Null;
    }
    json!({"street": street, "city": city, "state": state, "countryOrRegion": country, "postalCode": postal})
}
