//! `Content-Range` of a request: which part of how many bytes its body is (RFC 9110 §14.4, §14.5). Graph's clients send it with each.

use actix_web::http::header::{CONTENT_RANGE, ContentRangeSpec, HeaderMap};

use super::CHUNK_BYTES;
use crate::problem::{Code, Problem};

/// A part, which is not empty and lies within the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The place of its first byte.
    pub first: i64,
    /// The place behind its last one.
    pub end: i64,
    /// How many bytes the whole has.
    pub total: i64,
}

impl Part {
    /// Of a request.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(CONTENT_RANGE);
        let (Some(value), None) = (values.next(), values.next()) else { return Err(malformed()) };
        // §14.4 has digits alone; the framework's numbers may have a sign.
        let text = value.to_str().ok().filter(|text| !text.contains('+'));
        let spec = text.and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
        let ContentRangeSpec::Bytes { range: Some((first, last)), instance_length: Some(total) } = spec else {
            return Err(malformed());
        };
        // Far beyond every picture.
        let number = |number: u64| i64::try_from(number).ok().filter(|number| *number < i64::MAX);
        let (Some(first), Some(last), Some(total)) = (number(first), number(last), number(total)) else {
            return Err(malformed());
        };
        let part = Self { first, end: last.saturating_add(1), total };
        if part.first > last || part.end > total {
            return Err(malformed());
        }
        if part.length() > CHUNK_BYTES {
            let message = format!("A part has at most {CHUNK_BYTES} bytes.");
            return Err(Problem::new(Code::TooLarge, message).target(CONTENT_RANGE.as_str()));
        }
        Ok(part)
    }

    /// How many bytes it has.
    pub fn length(self) -> u64 {
        u64::try_from(self.end.saturating_sub(self.first)).unwrap_or(0)
    }

    /// Whether nothing comes after it.
    pub fn is_last(self) -> bool {
        self.end == self.total
    }
}

fn malformed() -> Problem {
    let message = "`Content-Range` says which bytes of how many these are: write `bytes 0-327679/1048576`.";
    Problem::new(Code::InvalidRequest, message).target(CONTENT_RANGE.as_str())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_RANGE, HeaderMap, HeaderValue};

    use super::Part;
    use crate::problem::Code;

    fn of(values: &[&str]) -> Result<Part, Code> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_RANGE, HeaderValue::from_str(value).expect("a value"));
        }
        Part::of(&headers).map_err(|problem| problem.code())
    }

    #[test]
    fn a_part_lies_within_the_whole() {
        let middle = of(&["bytes 10-19/30"]).expect("a part");
        assert_eq!((middle, middle.length(), middle.is_last()), (Part { first: 10, end: 20, total: 30 }, 10, false));
        assert!(of(&["bytes 0-0/1"]).expect("a part").is_last());
        let largest = 60_u64 << 20;
        assert!(of(&[&format!("bytes 0-{}/{largest}", largest - 1)]).is_ok());
        assert_eq!(of(&[&format!("bytes 0-{largest}/{}", largest + 1)]), Err(Code::TooLarge));
        let (most, beyond) = (i64::MAX, u64::MAX);
        for value in [
            "",
            "bytes",
            "bytes 0-1",
            "bytes 0-1/*",
            "bytes */10",
            "bytes 2-1/10",
            "bytes 0-10/10",
            "bytes -1-2/10",
            "bytes +0-9/10",
            "bytes 0-9/+10",
            "items 0-1/10",
            "bytes=0-1/10",
            &format!("bytes 0-{most}/{most}"),
            &format!("bytes {most}-{most}/{beyond}"),
            "bytes 0-1/99999999999999999999",
        ] {
            assert_eq!(of(&[value]), Err(Code::InvalidRequest), "{value}");
        }
        assert_eq!(of(&[]), Err(Code::InvalidRequest));
        assert_eq!(of(&["bytes 0-1/9", "bytes 0-1/9"]), Err(Code::InvalidRequest));
    }
}
