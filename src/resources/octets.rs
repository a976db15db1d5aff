//! Stored bytes, answered as they are: the whole of them, a part (`Range`, RFC 9110 §14), or that they are unchanged (§13).
//!
//! Their tag is strong and names them by their SHA-256: what two tokens get of one picture has two tags, and parts that were got
//! under one tag belong together (§8.8.3, §13.1.5). May import `problem`.

use std::ops::Range;

use actix_web::http::Method;
use actix_web::http::header::{
    self, ByteRangeSpec, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, HeaderMap,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::problem::{Code, Problem};
use crate::resources::conditions::strong;

/// For the table of endpoints.
pub const HEADERS: &[(&str, &str)] = &[
    ("If-None-Match", "Entity tags; 304 if one is current"),
    ("Range", "`bytes=FIRST-LAST`: 206 with these bytes"),
    ("If-Range", "An entity tag: the range only if it is current, else the whole"),
];

/// Bytes that can be asked for.
#[derive(Debug, Clone)]
pub struct Octets {
    /// How many.
    pub length: u64,
    /// Their SHA-256, hexadecimal.
    pub sha256: String,
    /// Their media type.
    pub media_type: String,
    /// What a file of them may be called.
    pub name: String,
}

/// What of them is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: the client has them.
    Unchanged,
    /// All.
    Whole,
    /// These, which are not all and not none.
    Part(Range<u64>),
}

impl Octets {
    /// What `request` asks for, in the order of RFC 9110 §13.2.2. Several ranges, and what is no range, ask for the whole (§14.2).
    pub fn asked(&self, request: &HttpRequest) -> Result<Asked, Problem> {
        let (headers, tag) = (request.headers(), self.tag());
        if !strong::may_match(headers, &header::IF_MATCH, &tag)?.unwrap_or(true) {
            return Err(Problem::new(Code::PreconditionFailed, "`If-Match` names none of these bytes' tags."));
        }
        if strong::may_match(headers, &header::IF_NONE_MATCH, &tag)?.unwrap_or(false) {
            return Ok(Asked::Unchanged);
        }
        // §14.2: a range has a meaning for GET alone.
        if request.method() != Method::GET || !self.is_in_range(headers) {
            return Ok(Asked::Whole);
        }
        let Some(asked) = one_range(headers) else { return Ok(Asked::Whole) };
        let Some((first, last)) = asked.to_satisfiable_range(self.length) else {
            let message = format!("There are {} bytes; none of them is in this range.", self.length);
            return Err(Problem::new(Code::RangeNotSatisfiable, message).target("Range").of_length(self.length));
        };
        let part = first..last.saturating_add(1);
        Ok(if part == (0..self.length) { Asked::Whole } else { Asked::Part(part) })
    }

    /// The head of the answer; what stands in its body is the caller's.
    ///
    /// Even if a browser is led to this address, they are a picture and nothing that acts (security.md row 26).
    pub fn head(&self, asked: &Asked) -> HttpResponseBuilder {
        let mut head = match asked {
            Asked::Unchanged => HttpResponse::NotModified(),
            Asked::Whole => HttpResponse::Ok(),
            Asked::Part(_) => HttpResponse::PartialContent(),
        };
        head.insert_header((header::ETAG, format!("\"{}\"", self.tag())));
        head.insert_header((header::CACHE_CONTROL, "private, no-cache"));
        if *asked == Asked::Unchanged {
            return head;
        }
        if let Asked::Part(part) = asked {
            let range = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), self.length);
            head.insert_header((header::CONTENT_RANGE, range));
        }
        head.insert_header((header::ACCEPT_RANGES, "bytes"));
        head.insert_header((header::CONTENT_TYPE, self.media_type.as_str()));
        head.insert_header(disposition(&self.name));
        head.insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"));
        head
    }

    /// Half of the digest: no two files of a person meet in 128 bits.
    fn tag(&self) -> String {
        self.sha256.chars().take(32).collect()
    }

    /// §13.1.5: a date, and any tag but this strong one, says that the whole is wanted.
    fn is_in_range(&self, headers: &HeaderMap) -> bool {
        let current = format!("\"{}\"", self.tag());
        headers.get(header::IF_RANGE).is_none_or(|value| value.as_bytes() == current.as_bytes())
    }
}

fn one_range(headers: &HeaderMap) -> Option<ByteRangeSpec> {
    let mut values = headers.get_all(header::RANGE);
    let (value, None) = (values.next()?, values.next()) else { return None };
    let Ok(header::Range::Bytes(specs)) = value.to_str().ok()?.parse() else { return None };
    let mut specs = specs.into_iter();
    let (spec, None) = (specs.next()?, specs.next()) else { return None };
    Some(spec)
}

/// RFC 6266 §4.3: in ASCII for everybody, and as it is for those who read `filename*`.
fn disposition(name: &str) -> ContentDisposition {
    let plain = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' { c } else { '_' });
    let mut parameters = vec![DispositionParam::Filename(plain.collect())];
    if !name.is_ascii() {
        let value = ExtendedValue { charset: Charset::Ext("UTF-8".into()), language_tag: None, value: name.into() };
        parameters.push(DispositionParam::FilenameExt(value));
    }
    ContentDisposition { disposition: DispositionType::Inline, parameters }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::http::header::{
        CONTENT_DISPOSITION, CONTENT_RANGE, HeaderValue, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE,
    };
    use actix_web::test::TestRequest;

    use super::{Asked, Octets};

    fn octets() -> Octets {
        let (sha256, name) = ("0123456789abcdef".repeat(4), "Mole \"\u{e8}\".jpg".to_owned());
        Octets { length: 1000, sha256, media_type: "image/jpeg".into(), name }
    }

    fn of_range(range: &str) -> Result<Asked, StatusCode> {
        let request = TestRequest::get().insert_header((RANGE, range)).to_http_request();
        octets().asked(&request).map_err(|problem| problem.code().status())
    }

    #[test]
    fn a_range_is_what_the_rfc_says_it_is() {
        assert_eq!(of_range("bytes=0-99"), Ok(Asked::Part(0..100)));
        assert_eq!(of_range("bytes=900-"), Ok(Asked::Part(900..1000)));
        assert_eq!(of_range("bytes=999-5000"), Ok(Asked::Part(999..1000)));
        assert_eq!(of_range("bytes=-1"), Ok(Asked::Part(999..1000)));
        for whole in
            ["bytes=0-", "bytes=-1000", "bytes=-5000", "bytes=0-1,5-6", "lines=1-2", "bytes=x", "bytes=9-1", ""]
        {
            assert_eq!(of_range(whole), Ok(Asked::Whole), "{whole}");
        }
        for none in ["bytes=1000-", "bytes=1000-2000", "bytes=-0"] {
            assert_eq!(of_range(none), Err(StatusCode::RANGE_NOT_SATISFIABLE), "{none}");
        }
        let head = TestRequest::get().method(actix_web::http::Method::HEAD).insert_header((RANGE, "bytes=0-1"));
        assert_eq!(octets().asked(&head.to_http_request()).ok(), Some(Asked::Whole));
    }

    #[test]
    fn the_conditions_come_first() {
        let tag = "\"0123456789abcdef0123456789abcdef\"";
        let asked = |name, value: &str| {
            let request = TestRequest::get().insert_header((RANGE, "bytes=0-1")).insert_header((name, value));
            octets().asked(&request.to_http_request()).map_err(|problem| problem.code().status())
        };
        assert_eq!(asked(IF_NONE_MATCH, tag), Ok(Asked::Unchanged));
        assert_eq!(asked(IF_NONE_MATCH, &format!("\"x\", W/{tag}")), Ok(Asked::Unchanged));
        assert_eq!(asked(IF_NONE_MATCH, "\"other\""), Ok(Asked::Part(0..2)));
        assert_eq!(asked(IF_NONE_MATCH, "other"), Err(StatusCode::BAD_REQUEST));
        assert_eq!(asked(IF_MATCH, "\"other\""), Err(StatusCode::PRECONDITION_FAILED));
        assert_eq!(asked(IF_MATCH, &format!("W/{tag}")), Err(StatusCode::PRECONDITION_FAILED));
        assert_eq!(asked(IF_MATCH, tag), Ok(Asked::Part(0..2)));
        assert_eq!(asked(IF_RANGE, tag), Ok(Asked::Part(0..2)));
        assert_eq!(asked(IF_RANGE, &format!("W/{tag}")), Ok(Asked::Whole));
        assert_eq!(asked(IF_RANGE, "Fri, 27 Nov 2026 10:00:00 GMT"), Ok(Asked::Whole));
    }

    #[test]
    fn an_answer_says_which_part_it_is() {
        let part = octets().head(&Asked::Part(10..20)).finish();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers().get(CONTENT_RANGE).map(HeaderValue::as_bytes), Some(&b"bytes 10-19/1000"[..]));
        let disposition = part.headers().get(CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
        assert_eq!(disposition, Some("inline; filename=\"Mole ___.jpg\"; filename*=UTF-8''Mole%20%22%C3%A8%22.jpg"));
        assert_eq!(octets().head(&Asked::Unchanged).finish().headers().get(CONTENT_DISPOSITION), None);
    }
}
