//! The last line: whether the server would let the token in, and the exit status that says so.

use super::super::Failure;
use super::report::{Held, Row, Verdict};
use super::view::View;
use crate::token::{TokenError, Verified};

impl Verdict {
    /// 0 if it would be let in, as far as can be told.
    pub(super) fn status(&self) -> Result<(), Failure> {
        match self.code {
            None => Ok(()),
            Some(code) => Err(Failure::Failed(format!("the token would not be let in: {code}"))),
        }
    }
}

/// What the server answered, in words; `None`: it was not asked.
pub(super) fn of(view: &View<'_>, rows: &[Row], answer: Option<&Result<Verified, TokenError>>) -> Verdict {
    let faults = rows.iter().filter(|row| row.held == Held::No).count();
    let also = match faults {
        0 | 1 => String::new(),
        _ => format!(" ({faults} faults are to be mended: the server stops at the first, here are all)"),
    };
    match answer {
        Some(Ok(_)) => {
            let what = "the token is good here and now".into();
            Verdict { word: "let in", code: None, what }
        }
        Some(Err(TokenError::Refused(refusal))) => Verdict {
            word: "refused",
            code: Some(refusal.code()),
            what: format!("the server answers 401, whatever the fault. {refusal}{also}"),
        },
        Some(Err(TokenError::TooLong)) => {
            let what = format!(
                "the token has {} bytes, more than limits.token_bytes (431): issue it with fewer claims",
                view.token.len()
            );
            Verdict { word: "refused", code: Some("token_too_long"), what }
        }
        Some(Err(TokenError::NoKeys | TokenError::Busy)) => Verdict {
            word: "not now",
            code: Some("issuer_without_keys"),
            what: format!("the server answers 503 until it has the issuer's keys{also}"),
        },
        None => match view.seen.fault() {
            Some(refusal) => Verdict {
                word: "refused",
                code: Some(refusal.code()),
                what: format!("a server with the usual settings would not take it{also}"),
            },
            None => Verdict {
                word: "not known",
                code: None,
                what:
                    "nothing is wrong as far as can be seen without the server's keys; its operator can see the rest: \
                    sharehold token inspect --config FILE"
                        .into(),
            },
        },
    }
}
