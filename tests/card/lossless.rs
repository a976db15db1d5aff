//! vCard in, kept, out and in again: no property is lost (the exceptions: `given`).

use proptest::prelude::*;
use sharehold::resources::contacts::card::{Card, Version};

use crate::card::given::{Line, escaped, lines, property, written};

fn canonical(properties: &[Line]) -> Vec<Line> {
    let mut all: Vec<Line> =
        properties.iter().cloned().map(|line| Line { value: escaped(&line.value), ..line }).collect();
    if !all.iter().any(|line| line.name == "FN") {
        all.push(Line::of(None, "FN", Vec::new(), String::new()));
    }
    all.sort();
    all
}

/// What 2.1 and 3.0 can say of a parameter.
fn sayable(mut properties: Vec<Line>) -> Vec<Line> {
    for (_, value) in properties.iter_mut().flat_map(|line| &mut line.params) {
        value.retain(|c| !['\n', '"', '='].contains(&c));
        *value = String::from(value.trim());
    }
    for line in &mut properties {
        line.params.sort();
    }
    properties
}

fn without_derived(mut lines: Vec<Line>, properties: &[Line]) -> Vec<Line> {
    for name in ["FN", "N"] {
        if !properties.iter().any(|line| line.name == name && (name == "N" || !line.value.trim().is_empty())) {
            lines.retain(|line| line.name != name);
        }
    }
    lines
}

fn check(properties: &[Line], version: &str, break_at: &str) -> Result<(), TestCaseError> {
    let text = written(properties, version, break_at);
    let card = Card::read(&text).map_err(|fault| TestCaseError::fail(format!("{fault}: {text}")))?;
    let record = card.record();
    let kept = Card::stored(&record).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
    prop_assert_eq!(&kept, &card);
    prop_assert_eq!(kept.record(), record);
    let expected = without_derived(canonical(properties), properties);
    let v4 = kept.write(Version::V4);
    prop_assert_eq!(without_derived(lines(&v4, true), properties), expected.clone(), "{}", text);
    let again = Card::read(&v4).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
    prop_assert_eq!(again.write(Version::V4), v4);
    let v3 = kept.write(Version::V3);
    let mut said = expected;
    for (_, value) in said.iter_mut().flat_map(|line| &mut line.params) {
        *value = value.replace('\n', " ").replace('"', "'");
    }
    for line in &mut said {
        line.params.sort();
    }
    said.sort();
    prop_assert_eq!(without_derived(lines(&v3, false), properties), said);
    let again = Card::read(&v3).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
    prop_assert_eq!(again.write(Version::V3), v3);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn version_4_keeps_every_property(properties in proptest::collection::vec(property(), 1..12)) {
        check(&properties, "4.0", "\r\n")?;
    }

    #[test]
    fn version_3_keeps_every_property(properties in proptest::collection::vec(property(), 1..12)) {
        check(&sayable(properties), "3.0", "\n")?;
    }

    #[test]
    fn version_2_1_keeps_every_property(properties in proptest::collection::vec(property(), 1..12)) {
        check(&sayable(properties), "2.1", "\r\n")?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// As an address book of years may have them.
    #[test]
    fn a_card_of_hundreds_of_properties_keeps_each(
        properties in proptest::collection::vec(property(), 300..700),
        version in prop_oneof![Just("4.0"), Just("3.0"), Just("2.1")],
    ) {
        let said = if version == "4.0" { properties } else { sayable(properties) };
        check(&said, version, "\r\n")?;
    }
}
