//! Members that are one text or several, each a property of its own: notes, telephone numbers, chat addresses, links,
//! e-mail addresses, relations. Imports `content_line`, `slots`, `serde_json`.

use serde_json::{Value, json};

use crate::resources::contacts::card::slots::Slots;
use crate::resources::content_line::{Property, escaped};
use crate::resources::shape::Shape;

/// The text of a JSON value; '' for null.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn places(properties: &[Property], is: impl Fn(&Property) -> bool) -> Vec<usize> {
    properties.iter().enumerate().filter(|(_, property)| is(property)).map(|(at, _)| at).collect()
}

/// Properties of these names, whose whole value is the text; a new one has the first name.
pub(super) struct Plain(pub(super) &'static [&'static str]);

impl Slots for Plain {
    fn places(&self, properties: &[Property]) -> Vec<usize> {
        places(properties, |property| self.0.iter().any(|name| property.is(name)))
    }

    fn shown(&self, property: &Property) -> Value {
        property.text().into()
    }

    fn set(&self, property: &mut Property, value: &Value) {
        property.value = escaped(text(value));
    }

    fn blank(&self) -> Property {
        Property::new(self.0.first().copied().unwrap_or_default(), String::new())
    }
}

/// Telephone numbers, as Graph sorts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phone {
    Mobile,
    Business,
    Home,
    Other,
}

impl Phone {
    /// The first mobile number is the one; each other number is of the kind that its types say.
    fn sorted(properties: &[Property]) -> impl Iterator<Item = (usize, Self)> {
        let mut mobile = false;
        properties.iter().enumerate().filter(|(_, property)| property.is("TEL") && !number(property).is_empty()).map(
            move |(at, tel)| {
                let cell = ["CELL", "IPHONE", "MOBILE"].iter().any(|kind| tel.typed(kind));
                let machine = ["FAX", "PAGER", "MODEM", "TEXTPHONE"].iter().any(|kind| tel.typed(kind));
                let kind = match () {
                    () if cell && !machine && !mobile => Self::Mobile,
                    () if cell || machine => Self::Other,
                    () if tel.typed("WORK") => Self::Business,
                    () if tel.typed("HOME") => Self::Home,
                    () => Self::Other,
                };
                mobile |= kind == Self::Mobile;
                (at, kind)
            },
        )
    }
}

/// The number of a TEL, whose value may be a URI.
pub(super) fn number(tel: &Property) -> String {
    let text = tel.text();
    match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => text.get(4..).unwrap_or_default().to_owned(),
        _ => text,
    }
}

impl Slots for Phone {
    fn places(&self, properties: &[Property]) -> Vec<usize> {
        Self::sorted(properties).filter(|(_, kind)| kind == self).map(|(at, _)| at).collect()
    }

    fn shown(&self, property: &Property) -> Value {
        number(property).into()
    }

    fn set(&self, property: &mut Property, value: &Value) {
        property.params.retain(|(name, _)| !name.eq_ignore_ascii_case("VALUE"));
        property.value = escaped(text(value));
    }

    fn blank(&self) -> Property {
        let tel = Property::new("TEL", String::new());
        match self {
            Self::Mobile => tel.with("TYPE", "cell"),
            Self::Business => tel.with("TYPE", "work"),
            Self::Home => tel.with("TYPE", "home"),
            Self::Other => tel,
        }
    }
}

/// E-mail addresses: objects of `name` and `address`.
pub(super) struct Emails;

/// The name beside an address, which vCard has no place for.
const EMAIL_NAME: &str = "X-NAME";

impl Slots for Emails {
    fn places(&self, properties: &[Property]) -> Vec<usize> {
        places(properties, |property| property.is("EMAIL"))
    }

    fn shown(&self, property: &Property) -> Value {
        json!({"name": property.param(EMAIL_NAME).next(), "address": property.text()})
    }

    fn set(&self, property: &mut Property, value: &Value) {
        let of = |name: &str| value.get(name).map(text).unwrap_or_default();
        property.value = escaped(of("address"));
        property.params.retain(|(name, _)| !name.eq_ignore_ascii_case(EMAIL_NAME));
        if !of("name").is_empty() {
            property.params.push((EMAIL_NAME.to_owned(), of("name").to_owned()));
        }
    }

    fn blank(&self) -> Property {
        Property::new("EMAIL", String::new())
    }
}

/// Chat addresses: IMPP, and what phones wrote before it.
pub(super) struct Chats;

const CHATS: [&str; 12] = [
    "IMPP",
    "X-AIM",
    "X-GADUGADU",
    "X-GOOGLE-TALK",
    "X-GROUPWISE",
    "X-ICQ",
    "X-JABBER",
    "X-MS-IMADDRESS",
    "X-MSN",
    "X-QQ",
    "X-SKYPE",
    "X-YAHOO",
];

impl Slots for Chats {
    fn places(&self, properties: &[Property]) -> Vec<usize> {
        places(properties, |property| CHATS.iter().any(|name| property.is(name)))
    }

    fn shown(&self, property: &Property) -> Value {
        property.text().into()
    }

    // IMPP is a URI; a bare handle is said to be text.
    fn set(&self, property: &mut Property, value: &Value) {
        property.value = escaped(text(value));
        property.params.retain(|(name, _)| !name.eq_ignore_ascii_case("VALUE"));
        if property.is("IMPP") && (!property.value.contains(':') || property.value.contains(['\\', ' '])) {
            property.params.push(("VALUE".to_owned(), "text".to_owned()));
        }
    }

    fn blank(&self) -> Property {
        Property::new("IMPP", String::new())
    }
}

/// Links of work, or all others; one that could do more than lead somewhere (`javascript:`) is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Work,
    Other,
}

impl Slots for Link {
    fn places(&self, properties: &[Property]) -> Vec<usize> {
        let mut work = false;
        let kind = |property: &Property| {
            let first = property.typed("WORK") && !work;
            work |= first;
            if first { Self::Work } else { Self::Other }
        };
        let links = properties.iter().enumerate().filter(|(_, property)| property.is("URL") && leads(&property.text()));
        let mut kind = kind;
        links.filter(|(_, property)| kind(property) == *self).map(|(at, _)| at).collect()
    }

    fn shown(&self, property: &Property) -> Value {
        property.text().into()
    }

    fn set(&self, property: &mut Property, value: &Value) {
        // A URI is not escaped (RFC 6350 §4.2); its shape allows no backslash, blank or control.
        text(value).clone_into(&mut property.value);
        property.params.retain(|(name, _)| !name.eq_ignore_ascii_case("VALUE"));
    }

    fn blank(&self) -> Property {
        let url = Property::new("URL", String::new());
        if *self == Self::Work { url.with("TYPE", "work") } else { url }
    }
}

fn leads(text: &str) -> bool {
    let bare = !text.is_empty() && !text.contains([':', '\\']) && !text.contains(char::is_whitespace);
    bare || Shape::Url.merged(&Value::Null, &Value::from(text), "").is_ok()
}

/// People of one relation, by name, and the properties that older programs wrote for it.
pub(super) struct Related(pub(super) &'static str, pub(super) &'static [&'static str]);

impl Slots for Related {
    fn places(&self, properties: &[Property]) -> Vec<usize> {
        places(properties, |property| {
            let named = property.is("RELATED") && property.typed(self.0) && property.has("VALUE", "text");
            named || self.1.iter().any(|name| property.is(name))
        })
    }

    fn shown(&self, property: &Property) -> Value {
        property.text().into()
    }

    fn set(&self, property: &mut Property, value: &Value) {
        property.value = escaped(text(value));
    }

    fn blank(&self) -> Property {
        Property::new("RELATED", String::new()).with("VALUE", "text").with("TYPE", self.0)
    }
}
