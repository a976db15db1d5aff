//! What Graph's view says of a record, and what `Calendars.ReadBasic` sees of it.

use serde_json::{Value, json};
use sharehold::resources::calendar::record::{MEMBERS, Record, body_as, is_seen_by_basic};

use crate::event::given::members;

fn event(lines: &str) -> Record {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
    Record::read(&text).expect("a record")
}

fn shown(lines: &str, member: &str) -> Value {
    members(&event(lines))[member].clone()
}

const START: &str = "DTSTART:20260302T090000Z\n";

#[test]
fn when_it_is() {
    for (lines, start, end, zone) in [
        ("DTSTART:20260302T090000Z\nDTEND:20260302T100000Z", "2026-03-02T09", "2026-03-02T10", "UTC"),
        ("DTSTART;TZID=X:20260302T090000\nDURATION:P1DT1H", "2026-03-02T09", "2026-03-03T10", "X"),
        ("DTSTART:20260302T090000", "2026-03-02T09", "2026-03-02T09", ""),
        ("DTSTART:20260302T090000Z\nDTEND:20260302T080000Z", "2026-03-02T09", "2026-03-02T09", "UTC"),
        ("DTSTART;VALUE=DATE:20260228", "2026-02-28T00", "2026-03-01T00", "UTC"),
        ("DTSTART;VALUE=DATE:20260228\nDTEND;VALUE=DATE:20260228", "2026-02-28T00", "2026-03-01T00", "UTC"),
        // RFC 5545 §3.3.6: days on the calendar, then exact time, also where the clock is changed within it.
        (
            "DTSTART;TZID=Europe/Berlin:20260328T230000\nDURATION:PT6H",
            "2026-03-28T23",
            "2026-03-29T06",
            "Europe/Berlin",
        ),
        ("DTSTART;TZID=Europe/Berlin:20260328T230000\nDURATION:P1D", "2026-03-28T23", "2026-03-29T23", "Europe/Berlin"),
        (
            "DTSTART;TZID=Europe/Berlin:20261024T230000\nDURATION:PT6H",
            "2026-10-24T23",
            "2026-10-25T04",
            "Europe/Berlin",
        ),
        ("DTSTART;VALUE=DATE:20260228\nDURATION:P1DT30H", "2026-02-28T00", "2026-03-02T00", "UTC"),
        ("DTSTART;VALUE=DATE:20260228\nDURATION:P2D", "2026-02-28T00", "2026-03-02T00", "UTC"),
        ("DTSTART:99991231T235959Z\nDURATION:P1D", "9999-12-31T23", "9999-12-31T23", "UTC"),
    ] {
        let all = members(&event(lines));
        for (name, expected) in [("start", start), ("end", end)] {
            assert!(all[name]["dateTime"].as_str().expect("a time").starts_with(expected), "{lines}: {}", all[name]);
            assert_eq!(all[name]["timeZone"], zone, "{lines}");
        }
        assert_eq!(all["isAllDay"], lines.contains("DATE:"), "{lines}");
    }
}

#[test]
fn how_it_stands() {
    for (line, member, value) in [
        ("X-A:b", "showAs", json!("busy")),
        ("TRANSP:TRANSPARENT", "showAs", json!("free")),
        ("STATUS:TENTATIVE", "showAs", json!("tentative")),
        ("TRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", "showAs", json!("oof")),
        ("PRIORITY:2", "importance", json!("high")),
        ("PRIORITY:5", "importance", json!("normal")),
        ("PRIORITY:9", "importance", json!("low")),
        ("PRIORITY:x", "importance", json!("normal")),
        ("CLASS:PRIVATE", "sensitivity", json!("private")),
        ("CLASS:X-NOBODY-KNOWS", "sensitivity", json!("private")),
        ("CLASS:public", "sensitivity", json!("normal")),
        ("STATUS:CANCELLED", "isCancelled", json!(true)),
        ("CATEGORIES:a,b\\,c\nCATEGORIES:a, d", "categories", json!(["a", "b,c", "d"])),
        ("GEO:51.5;-0.12", "location", json!({"coordinates": {"latitude": 51.5, "longitude": -0.12}})),
        ("GEO:951.5;-0.12", "location", json!(null)),
        ("BEGIN:VALARM\nACTION:EMAIL\nTRIGGER:-PT5M\nEND:VALARM", "isReminderOn", json!(false)),
        ("BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:PT9H\nEND:VALARM", "reminderMinutesBeforeStart", json!(-540)),
        (
            "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER;RELATED=END:-PT9H\nEND:VALARM",
            "reminderMinutesBeforeStart",
            json!(null),
        ),
        ("X-SHAREHOLD-MEMBER:{\"odd\":7}", "odd", json!(7)),
    ] {
        assert_eq!(shown(&format!("{START}{line}"), member), value, "{line}");
    }
}

#[test]
fn a_body_is_clean_and_of_the_kind_that_is_asked_for() {
    let body = shown(
        &format!(
            "{START}DESCRIPTION:Plain\nX-ALT-DESC;FMTTYPE=text/html:<p onclick=\"x()\">Hi <b>you</b></p><script>1</script>"
        ),
        "body",
    );
    assert_eq!(body, json!({"contentType": "html", "content": "<p>Hi <b>you</b></p>"}));
    assert_eq!(body_as(&body, "text"), json!({"contentType": "text", "content": "Hi you"}));
    let body = shown(&format!("{START}DESCRIPTION:a <b>\\nc"), "body");
    assert_eq!(body, json!({"contentType": "text", "content": "a <b>\nc"}));
    assert_eq!(body_as(&body, "html"), json!({"contentType": "html", "content": "a &lt;b&gt;<br>\nc"}));
    assert_eq!(shown(START, "body"), Value::Null);
}

#[test]
fn what_read_basic_sees() {
    let secret = "SUMMARY:Zebra\nLOCATION:Zebra\nDESCRIPTION:Zebra\nCATEGORIES:Zebra\nATTENDEE;CN=Zebra:mailto:zebra@e.example\n\
                  ORGANIZER;CN=Zebra:mailto:zebra@e.example\nX-SHAREHOLD-MEMBER:{\"odd\":\"zebra\"}";
    for (class, sees) in [("PUBLIC", 3), ("PRIVATE", 0), ("CONFIDENTIAL", 0), ("X-NOBODY-KNOWS", 0)] {
        let record = event(&format!("{START}CLASS:{class}\n{secret}"));
        let projection = record.project().expect("a projection");
        let all = members(&record);
        let seen: Vec<String> = MEMBERS
            .iter()
            .filter(|member| is_seen_by_basic(member, projection.private))
            .map(|member| all[member.name].to_string())
            .filter(|value| value.to_ascii_lowercase().contains("zebra"))
            .collect();
        // The subject, and the location twice; a category has its own.
        assert_eq!(seen.len(), if sees == 0 { 0 } else { 4 }, "{class}: {seen:?}");
        let basic: Vec<&(char, String)> =
            projection.terms.iter().filter(|(class, _)| ['n', 'c', 'l'].contains(class)).collect();
        assert_eq!(basic.is_empty(), sees == 0, "{class}: {basic:?}");
        assert!(projection.terms.contains(&('a', "zebra@e.example".into())));
        assert_eq!(projection.terms.contains(&('n', "zebra".into())), sees != 0, "{class}");
    }
}

#[test]
fn a_new_event_says_what_it_was_given() {
    let given = json!({
        "subject": "Lunch",
        "start": {"dateTime": "2026-03-02T12:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-02T13:00:00", "timeZone": "Europe/Berlin"},
        "body": {"contentType": "HTML", "content": "<p>At <a href=\"https://e.example\">ours</a><script>x</script></p>"},
        "attendees": [{"emailAddress": {"address": "b@e.example", "name": "B"}, "type": "Required"}],
        "@odata.type": "microsoft.graph.event",
        "id": "mine",
        "allowNewTimeProposals": true,
    });
    let record = Record::create("new", given.as_object().expect("an object")).expect("a record");
    assert_eq!(record.uid(), Some("new"));
    let all = members(&record);
    assert_eq!(all["iCalUId"], "new");
    assert_eq!(all["start"], json!({"dateTime": "2026-03-02T12:00:00.0000000", "timeZone": "Europe/Berlin"}));
    assert_eq!(all["bodyPreview"], "At ours");
    assert!(!all["body"].to_string().contains("script"), "{}", all["body"]);
    assert_eq!(all["attendees"][0]["status"]["response"], "notResponded");
    assert_eq!((&all["allowNewTimeProposals"], all.get("id")), (&json!(true), None));
    assert_eq!(Record::stored(&record.record()), Ok(record.clone()));
    let written = record.write();
    assert_eq!(written.matches("TZID:Europe/Berlin\r\n").count(), 1, "{written}");
    assert!(written.contains("BEGIN:DAYLIGHT") && !record.record().contains("VTIMEZONE"), "{written}");
    // A calendar that has its zones gets no others.
    assert_eq!(Record::read(&written).expect("a record").write(), written);
    for (missing, target) in [(json!({"subject": "x"}), "start"), (json!({"start": given["start"]}), "end")] {
        let fault = Record::create("new", missing.as_object().expect("an object")).expect_err("refused");
        assert!(fault.to_string().contains(target), "{fault}");
    }
}
