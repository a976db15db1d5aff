//! JSContact (RFC 9553) at the border, converted by calcard (RFC 9555): what has no place on the other side goes along as
//! vCardProps or JSPROP. Imports `fault`, `read`, `write`, calcard.

use calcard::jscontact::JSContact;
use calcard::vcard::{VCard, VCardVersion};

use crate::resources::contacts::card::fault::CardFault;
use crate::resources::contacts::card::property::Property;
use crate::resources::contacts::card::{read, write};

/// The properties of a JSContact card.
pub(super) fn read(json: &str) -> Result<Vec<Property>, CardFault> {
    let refused = |reason: &str| CardFault::new(0, reason);
    let card = JSContact::<String, String>::parse(json).map_err(|_| refused("This is not JSContact."))?;
    let card = card.into_vcard().ok_or_else(|| refused("This is not a JSContact card: it must be an object."))?;
    let mut text = String::new();
    card.write_to(&mut text, VCardVersion::V4_0).map_err(|_| refused("This JSContact card cannot be kept."))?;
    read::properties(&text)
}

/// The JSContact card of these properties.
pub(super) fn write(properties: &[Property]) -> Result<String, CardFault> {
    let record = write::record(properties);
    let card = VCard::parse(&record).map_err(|_| CardFault::new(0, "This card has no JSContact form."))?;
    let card = card.into_jscontact::<String, String>();
    serde_json::to_string(&card.0).map_err(|_| CardFault::new(0, "This card has no JSContact form."))
}
