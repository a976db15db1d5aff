//! iCalendar in, kept, out and in again: no property is lost (the exceptions: `given`).

use proptest::prelude::*;
use sharehold::resources::calendar::record::Record;

use crate::event::given::{event, lines, read};

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_property_is_kept(given in event(), break_at in prop_oneof![Just("\r\n"), Just("\n")]) {
        let text = given.written(break_at);
        let record = Record::read(&text).map_err(|fault| TestCaseError::fail(format!("{fault}: {text}")))?;
        let kept = record.record();
        prop_assert_eq!(lines(&kept), read(&text));
        let stored = Record::stored(&kept).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        prop_assert_eq!(&stored, &record);
        prop_assert_eq!(stored.record(), kept);
        prop_assert_eq!(lines(&stored.write()), read(&text));
    }
}

#[test]
fn what_travels_is_undone_and_what_is_said_stays() {
    let text = "\u{feff}BEGIN:vcalendar\nVERSION:2.0\n\nBEGIN:VEVENT\nDTSTART:20260302T090000Z\nATTENDEE;MEMBER=\"mailto:a@b\",\
                \"mailto:c@d\";CN=Says ^'hi^'^n:mailto:e@f\nSUMMARY:a\u{0}b\u{2028}c\n  folded\nX-EMPTY;X-A=:\nEND:VEVENT\nEND:VCALENDAR";
    let written = Record::read(text).expect("a record").record();
    let unfolded = written.replace("\r\n ", "");
    for line in [
        "ATTENDEE;MEMBER=\"mailto:a@b\",\"mailto:c@d\";CN=Says ^'hi^'^n:mailto:e@f",
        "SUMMARY:ab\\nc folded",
        "X-EMPTY;X-A=:",
    ] {
        assert!(unfolded.contains(&format!("\r\n{line}\r\n")), "{line}: {unfolded}");
    }
}
