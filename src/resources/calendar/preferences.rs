//! `Prefer: outlook.timezone` and `outlook.body-content-type`: in which zone times are answered, and in which form bodies. A preference
//! that makes no sense is passed over (RFC 7240 §2), and `Preference-Applied` tells which were heeded; a zone that there is not is
//! refused, as Graph does: whoever asked for it would take UTC for it.

use actix_web::http::header::HeaderMap;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::json::shown;
use crate::problem::{Code, Problem};
use crate::resources::calendar::record::shown_time;
use crate::resources::calendar::zone::Zone;

/// What a client prefers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// A zone by its name as the client writes it; none: UTC.
    zone: Option<(String, Zone)>,
    /// `text` or `html`; none: as it is.
    body: Option<&'static str>,
}

impl Preferences {
    /// Of a request; of two alike the first counts.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Self::read(headers.get_all("prefer").filter_map(|value| value.to_str().ok()))
    }

    /// Those of a request that follows a link: the link has what the first request preferred ([`Preferences::applied`]), which need
    /// not be repeated. Others would be another list, in another order.
    pub fn following(self, carried: &str) -> Result<Self, Problem> {
        let first = Self::read(std::iter::once(carried))?;
        let is_same = self.zone.is_none() || self.zone() == first.zone();
        if !is_same || (self.body.is_some() && self.body != first.body) {
            let began = if carried.is_empty() { "of neither, in UTC" } else { carried };
            let message = format!(
                "The link goes on as it began, which was with `Prefer` {began}: follow it without `outlook.timezone` and \
                 `outlook.body-content-type`, or begin again."
            );
            return Err(Problem::new(Code::InvalidRequest, message).target("Prefer"));
        }
        Ok(Self { zone: self.zone.or(first.zone), body: self.body.or(first.body) })
    }

    fn read<'v>(values: impl Iterator<Item = &'v str>) -> Result<Self, Problem> {
        let mut preferences = Self::default();
        for preference in values.flat_map(list) {
            let Some((name, value)) = preference.split_once('=') else { continue };
            let value = value.trim().trim_matches('"').trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "outlook.timezone" if preferences.zone.is_none() => {
                    // It comes back in a header and in JSON: a name that a zone has holds nothing that would have to be escaped.
                    let zone = Zone::named(value).ok_or_else(|| no_zone(value))?;
                    preferences.zone = Some((value.to_owned(), zone));
                }
                "outlook.body-content-type" if preferences.body.is_none() => {
                    preferences.body = ["text", "html"].into_iter().find(|form| value.eq_ignore_ascii_case(form));
                }
                _ => {}
            }
        }
        Ok(preferences)
    }

    /// What of them was heeded, for `Preference-Applied`; none: nothing.
    pub fn applied(&self) -> Option<String> {
        let zone = self.zone.as_ref().map(|(name, _)| format!("outlook.timezone=\"{name}\""));
        let body = self.body.map(|form| format!("outlook.body-content-type=\"{form}\""));
        let applied: Vec<_> = zone.into_iter().chain(body).collect();
        (!applied.is_empty()).then(|| applied.join(", "))
    }

    /// The clock that times are seen by: what its zone is called, and the zone.
    pub fn clock(&self) -> (&str, &Zone) {
        self.zone.as_ref().map_or(("UTC", &Zone::Utc), |(name, zone)| (name, zone))
    }

    /// The zone that is preferred.
    pub fn preferred(&self) -> Option<&Zone> {
        self.zone.as_ref().map(|(_, zone)| zone)
    }

    /// An instant as the client sees it.
    pub fn instant(&self, at: DateTime<Utc>) -> Value {
        let (name, zone) = self.clock();
        json!({"dateTime": shown_time(zone.local(at)), "timeZone": name})
    }

    /// The zone that times are seen in.
    pub fn zone(&self) -> Zone {
        self.zone.as_ref().map_or(Zone::Utc, |(_, zone)| zone.clone())
    }

    /// The form that bodies are to have; none: as they are.
    pub fn form(&self) -> Option<&'static str> {
        self.body
    }
}

fn no_zone(name: &str) -> Problem {
    let message = format!(
        "`outlook.timezone` is `{}`, which is no zone of IANA's, such as `Europe/Berlin`, nor of Windows'.",
        shown(name)
    );
    Problem::new(Code::InvalidRequest, message).target("Prefer")
}

/// The preferences of a header; a name of Windows' may hold a comma within its quotation marks.
fn list(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    value.split(move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::Preferences;

    fn applied(value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.append(HeaderName::from_static("prefer"), HeaderValue::from_str(value).unwrap());
        Preferences::of(&headers).map_or("refused".to_owned(), |them| them.applied().unwrap_or_default())
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        for (value, heeded) in [
            ("outlook.timezone=\"Europe/Berlin\"", "outlook.timezone=\"Europe/Berlin\""),
            ("Outlook.TimeZone = \"W. Europe Standard Time\" , x", "outlook.timezone=\"W. Europe Standard Time\""),
            ("return=minimal, outlook.body-content-type=TEXT", "outlook.body-content-type=\"text\""),
            ("outlook.timezone=\"Nowhere/Land\"", "refused"),
            ("outlook.timezone=\"Europe/Berlin, x\"", "refused"),
            ("outlook.timezone=\"Europe/Berlin\", outlook.timezone=\"x\"", "outlook.timezone=\"Europe/Berlin\""),
            ("outlook.body-content-type=\"rtf\"", ""),
            ("outlook.timezone", ""),
        ] {
            assert_eq!(applied(value), heeded, "{value}");
        }
    }
}
