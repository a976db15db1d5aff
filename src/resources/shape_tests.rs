//! What values the shapes take.

use serde_json::{Value, json};

use super::shape::Shape;

fn check(shape: &Shape, value: &Value) -> Result<Value, String> {
    shape.merged(&Value::Null, value, "m").map_err(|problem| problem.to_string())
}

#[test]
fn partial_dates() {
    for good in ["1979-05-31", "--02-29", "--12-31", "2000-02-29"] {
        assert!(check(&Shape::PartialDate, &json!(good)).is_ok(), "{good}");
    }
    for bad in ["1979-5-31", "--13-01", "--02-30", "1900-02-29", "31.05.1979", "1979-05-31T00:00:00Z", "--2-1", ""] {
        assert!(check(&Shape::PartialDate, &json!(bad)).is_err(), "{bad}");
    }
}

#[test]
fn lines_texts_urls_and_languages() {
    assert!(check(&Shape::Line(3), &json!("añ字")).is_ok());
    assert!(check(&Shape::Line(3), &json!("abcd")).is_err());
    for broken in ["a\nb", "a\u{2028}b"] {
        assert!(check(&Shape::Line(9), &json!(broken)).is_err());
    }
    assert!(check(&Shape::Text(9), &json!("a\nb")).is_ok());
    assert!(check(&Shape::Text(9), &json!("a\u{0}b")).is_err());
    assert!(check(&Shape::Line(9), &json!(7)).is_err());
    assert!(check(&Shape::Url, &json!("https://example.org/x")).is_ok());
    for bad in [
        "javascript:alert(1)",
        "//example.org",
        "https://",
        "ftp://a",
        "https://a b",
        "https://:80",
        "https://@/",
        "https://\"><script>",
        "http://\\\\evil",
        "https://%zz",
        "https://user:pw@x",
        "http:example.org",
    ] {
        assert!(check(&Shape::Url, &json!(bad)).is_err(), "{bad}");
    }
    assert!(check(&Shape::Language, &json!("zh-Hant-TW")).is_ok());
    assert!(check(&Shape::Language, &json!("e")).is_err());
    assert!(check(&Shape::Language, &json!("en_US")).is_err());
}

#[test]
fn objects_merge_and_lists_replace() {
    static LINE: Shape = Shape::Line(9);
    static OBJECT: Shape = Shape::Object(&[("a", Shape::Line(9)), ("b", Shape::Line(9))]);
    let merged = OBJECT.merged(&json!({"a": "1", "b": "2"}), &json!({"b": null, "@odata.type": "x"}), "m");
    assert_eq!(merged.ok(), Some(json!({"a": "1", "b": null})));
    assert_eq!(
        check(&OBJECT, &json!({"c": 1})),
        Err("ErrorPropertyValidationFailure: `m.c` is not a member of this resource.".into())
    );
    assert_eq!(check(&Shape::List(2, &LINE), &Value::Null), Ok(json!([])));
    for shape in [Shape::List(2, &LINE), Shape::Line(9)] {
        assert_eq!(shape.empty().to_string(), shape.empty_json());
    }
    assert!(check(&Shape::List(2, &LINE), &json!(["1", "2", "3"])).is_err());
    let fault = check(&Shape::List(2, &LINE), &json!(["1", 2])).expect_err("a number");
    assert!(fault.contains("`m[1]`"), "{fault}");
}

#[test]
fn flags_numbers_and_words() {
    let word = Shape::OneOf(&["low", "high"]);
    for (shape, value, read) in [
        (&Shape::Bool, json!(true), json!(true)),
        (&Shape::Integer(-1, 9), json!(-1), json!(-1)),
        (&Shape::Number, json!(1.5), json!(1.5)),
        (&word, json!("HIGH"), json!("high")),
        (&Shape::Any, json!({"a": [1]}), json!({"a": [1]})),
        (&word, json!(null), json!(null)),
    ] {
        assert_eq!(check(shape, &value), Ok(read));
    }
    for (shape, bad) in [
        (&Shape::Bool, json!("true")),
        (&Shape::Integer(-1, 9), json!(10)),
        (&Shape::Integer(-1, 9), json!(1.5)),
        (&Shape::Integer(-1, 9), json!("1")),
        (&Shape::Number, json!("1")),
        (&word, json!("middle")),
        (&word, json!(1)),
    ] {
        assert!(check(shape, &bad).is_err(), "{bad}");
    }
}
