//! A contact's card: the whole record, a vCard's properties, and the Graph contact that is a view of it.
//! Pure: may import problem, json, query::text, `shape`; nothing here knows the database or HTTP.

mod dates;
mod fault;
mod files;
mod jscontact;
mod lines;
mod members;
mod merge;
mod names;
mod open;
mod parts;
mod project;
mod property;
mod read;
mod schema;
mod slots;
mod terms;
mod texts;
mod write;

use serde_json::{Map, Value};

pub use fault::CardFault;
pub use members::{MEMBERS, Member};
pub use project::{NAMES, Projection};
pub use schema::{SERVER, body_schema, names, schema};

use crate::problem::Problem;
use property::Property;

/// Which projection [`Card::project`] makes: rows of an older one are made anew.
pub const VERSION: i32 = 1;

/// The vCard version to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// RFC 6350.
    V4,
    /// RFC 2426.
    V3,
}

/// A contact's whole record: a vCard's properties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    properties: Vec<Property>,
}

impl Card {
    /// An empty card, without UID.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one vCard (2.1, 3.0 or 4.0) as clients send it, from BEGIN to END. One that has no FN gets one.
    pub fn read(text: &str) -> Result<Self, CardFault> {
        let mut properties = read::properties(text)?;
        if !properties.iter().any(|property| property.is("FN")) {
            let name = names::derived(&properties);
            properties.extend((!name.is_empty()).then(|| Property::new("FN", name)));
        }
        Ok(Self { properties })
    }

    /// Reads the record as it is kept.
    pub fn stored(text: &str) -> Result<Self, CardFault> {
        read::properties(text).map(|properties| Self { properties })
    }

    /// What is kept: everything, in vCard 4.0's syntax.
    pub fn record(&self) -> String {
        write::record(&self.properties)
    }

    /// `text/vcard`.
    pub fn write(&self, version: Version) -> String {
        write::card(&self.properties, version)
    }

    /// Reads a JSContact card.
    pub fn from_jscontact(json: &str) -> Result<Self, CardFault> {
        jscontact::read(json).map(|properties| Self { properties })
    }

    /// `application/jscontact+json`.
    pub fn to_jscontact(&self) -> Result<String, CardFault> {
        jscontact::write(&self.properties)
    }

    /// The UID, as written.
    pub fn uid(&self) -> Option<&str> {
        let uid = self.properties.iter().find(|property| property.is("UID"));
        uid.map(|uid| uid.value.trim()).filter(|uid| !uid.is_empty())
    }

    /// Gives the card a UID.
    pub fn set_uid(&mut self, uid: &str) {
        let uid: String = uid.chars().filter(|c| !c.is_control()).collect();
        match self.properties.iter_mut().find(|property| property.is("UID")) {
            Some(property) => property.value = uid,
            None => self.properties.insert(0, Property::new("UID", uid)),
        }
    }

    /// Merges a change of Graph members, as PATCH means it, into the whole record; on a refusal nothing is changed.
    pub fn merge(&mut self, changes: &Map<String, Value>) -> Result<(), Problem> {
        self.properties = merge::merged(&self.properties, changes)?;
        Ok(())
    }

    /// The bytes of the picture that stands in the card, whatever they are.
    pub fn photo(&self) -> Option<Vec<u8>> {
        self.properties.iter().filter(|property| property.is("PHOTO")).find_map(files::bytes)
    }

    /// Makes this the only picture, or leaves none.
    pub fn set_photo(&mut self, jpeg: Option<&[u8]>) {
        self.properties.retain(|property| !property.is("PHOTO"));
        self.properties.extend(jpeg.map(|bytes| Property::new("PHOTO", files::jpeg(bytes))));
    }

    /// What the database keeps beside the record.
    pub fn project(&self) -> Projection {
        project::of(&self.properties)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Card, Version};

    #[test]
    fn try_it() {
        let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Garc=EDa;Jos=E9\r\nTEL;CELL;PREF:+1 (555) 010-4477\r\nTEL;HOME:1\r\nTEL;WORK;FAX:2\r\nNOTE;QUOTED-PRINTABLE:a=0D=0A=\r\nb;c\r\nitem1.URL:http\\://x.org\r\nitem1.X-ABLabel:_$!<HomePage>!$_\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-05-31\r\nADR;HOME:;;1 Main St,Apt 2;Town;;99;US\r\nEMAIL;INTERNET:Jose@x.org\r\nPHOTO;JPEG;ENCODING=BASE64:AAAA\r\n AAAA\r\n\r\nEND:VCARD\r\n";
        let mut card = Card::read(text).expect("a card");
        println!("{}", card.record());
        println!("{}", card.write(Version::V3));
        println!("{:#?}", card.project());
        let change = json!({"mobilePhone": "+49 1", "homePhones": ["2", "1"], "surname": "O;x", "birthdayDate": "1979-05-31", "foo": {"a": [1, "x,\n"]}, "emailAddresses": [{"address":"a@b.c","name":"A \"B\""}]});
        let Value::Object(change) = change else { panic!() };
        card.merge(&change).expect("merged");
        println!("{}", card.record());
        println!("{}", card.project().json);
        println!("{}", card.to_jscontact().expect("js"));
        assert_eq!(Card::stored(&card.record()).ok(), Some(card));
    }
}
