//! What an XMP packet tells (ISO 16684-1): properties as attributes or as elements, by the names that all writers give their
//! namespaces. What is not well formed ends the reading; no entity is ever resolved but XML's own.

use std::collections::BTreeMap;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use quick_xml::{Reader, XmlVersion};

use super::{Facts, MOST_TEXT, Taken, exposure, location, moment, positive, text};

const KNOWN: &[&str] = &[
    "exif:DateTimeOriginal",
    "exif:ExposureTime",
    "exif:FNumber",
    "exif:FocalLength",
    "exif:GPSAltitude",
    "exif:GPSAltitudeRef",
    "exif:GPSLatitude",
    "exif:GPSLongitude",
    "exif:GPSTimeStamp",
    "exif:ISOSpeedRatings",
    "exifEX:PhotographicSensitivity",
    "photoshop:DateCreated",
    "tiff:Make",
    "tiff:Model",
    "xmp:CreateDate",
];

/// Values by their names.
type Told = BTreeMap<&'static str, String>;

/// Fills in what is not known yet.
pub(super) fn read(packet: &[u8], facts: &mut Facts) {
    let told = properties(packet);
    let value = |name: &str| told.get(name).map(|value| value.trim());
    let ratio = |name: &str| value(name).and_then(ratio);
    facts.taken = facts.taken.take().or_else(|| taken(&told));
    facts.camera_make = facts.camera_make.take().or_else(|| text(value("tiff:Make")?.as_bytes()));
    facts.camera_model = facts.camera_model.take().or_else(|| text(value("tiff:Model")?.as_bytes()));
    facts.f_number = facts.f_number.or_else(|| ratio("exif:FNumber").and_then(positive));
    facts.exposure = facts.exposure.or_else(|| ratio("exif:ExposureTime").and_then(exposure));
    facts.focal_length = facts.focal_length.or_else(|| ratio("exif:FocalLength").and_then(positive));
    let iso = || value("exif:ISOSpeedRatings").or_else(|| value("exifEX:PhotographicSensitivity"))?.parse().ok();
    facts.iso = facts.iso.or_else(|| iso().filter(|iso| *iso > 0));
    facts.location = facts.location.or_else(|| {
        let is_below = value("exif:GPSAltitudeRef") == Some("1");
        let altitude = ratio("exif:GPSAltitude")
            .map(|(metres, of)| f64::from(metres) / f64::from(of) * if is_below { -1.0 } else { 1.0 });
        let [latitude, longitude] = [("exif:GPSLatitude", 'N', 'S'), ("exif:GPSLongitude", 'E', 'W')]
            .map(|(name, positive, negative)| degrees(value(name)?, positive, negative));
        location(latitude?, longitude?, altitude)
    });
}

/// When it was taken, else when what it shows was made, else when it was made digital.
fn taken(told: &Told) -> Option<Taken> {
    let moment = |name: &str| moment::local(told.get(name)?.trim());
    let (local, rest) =
        ["exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"].into_iter().find_map(moment)?;
    let by_satellite = || moment::between(local, moment("exif:GPSTimeStamp")?.0);
    Some(Taken { local, offset: moment::offset(rest).or_else(by_satellite) })
}

/// `28/10` or `2`.
fn ratio(text: &str) -> Option<(u32, u32)> {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    Some((numerator.parse().ok()?, denominator.parse().ok()?))
}

/// `52,30,15N` or `52,30.25N` (ISO 16684-2, its kind `GPSCoordinate`).
fn degrees(text: &str, positive: char, negative: char) -> Option<f64> {
    let (number, sign) = text
        .strip_suffix(positive)
        .map(|number| (number, 1.0))
        .or_else(|| Some((text.strip_suffix(negative)?, -1.0)))?;
    let is_number = |part: &str| part.bytes().all(|sign| sign.is_ascii_digit() || sign == b'.');
    let mut parts = number.split(',').map(|part| part.parse::<f64>().ok().filter(|_| is_number(part)));
    let mut degrees = parts.next()??;
    for share in [60.0, 3600.0] {
        degrees += parts.next().unwrap_or(Some(0.0))? / share;
    }
    parts.next().is_none().then_some(sign * degrees)
}

/// The properties that are known. Of several with one name the first counts; so it is with the items of a list.
fn properties(packet: &[u8]) -> Told {
    let mut told = Told::new();
    let mut reader = Reader::from_reader(packet);
    let mut open: Option<(&'static str, String)> = None;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                for attribute in tag.attributes().with_checks(false).flatten() {
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                    if let (Some(name), Ok(value)) = (known(attribute.key.as_ref()), value) {
                        told.entry(name).or_insert_with(|| value.into_owned());
                    }
                }
                if matches!(event, Event::Start(_)) {
                    open = known(tag.name().as_ref()).map(|name| (name, String::new())).or(open);
                }
            }
            Event::Text(text) => append(&mut open, &text.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => append(&mut open, &resolved(&reference)),
            Event::End(tag) => {
                let ends = |(name, _): &mut (&str, String)| {
                    tag.name().as_ref() == name.as_bytes() || tag.name().as_ref() == b"rdf:li"
                };
                if let Some((name, value)) = open.take_if(ends) {
                    told.entry(name).or_insert(value);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    told
}

fn known(name: &[u8]) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| known.as_bytes() == name)
}

fn append(open: &mut Option<(&'static str, String)>, text: &str) {
    if let Some((_, value)) = open.as_mut().filter(|(_, value)| value.len() <= MOST_TEXT) {
        value.push_str(text);
    }
}

fn resolved(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(sign)) = reference.resolve_char_ref() {
        return sign.into();
    }
    reference.decode().ok().and_then(|name| resolve_predefined_entity(&name)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{degrees, properties};

    #[test]
    fn attributes_elements_and_lists_are_read() {
        let told = properties(
            b"<?xpacket begin='\xef\xbb\xbf'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description tiff:Make='A &amp; B'>\
              <tiff:Model>C &lt;3&#62;</tiff:Model><exif:ISOSpeedRatings><rdf:Seq> <rdf:li>100</rdf:li><rdf:li>200</rdf:li>\
              </rdf:Seq></exif:ISOSpeedRatings><xmp:CreateDate/></rdf:Description>",
        );
        assert_eq!(told["tiff:Make"], "A & B");
        assert_eq!(told["tiff:Model"], "C <3>");
        assert_eq!(told["exif:ISOSpeedRatings"].trim(), "100");
    }

    #[test]
    fn what_is_no_xml_tells_nothing() {
        for packet in [&b""[..], b"\xff\xfe\0", b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><tiff:Make>&b;</tiff:Make>"] {
            assert!(properties(packet).values().all(String::is_empty), "{packet:?}");
        }
    }

    #[test]
    fn degrees_have_a_direction() {
        assert_eq!(degrees("52,30,36N", 'N', 'S'), Some(52.51));
        assert_eq!(degrees("0,7.5W", 'E', 'W'), Some(-0.125));
        for nonsense in ["", "N", "52,30", "52,30E", "52,inf,0N", "1,2,3,4N", "-1,0N", "1e9,0N"] {
            assert_eq!(degrees(nonsense, 'N', 'S'), None, "{nonsense}");
        }
    }
}
