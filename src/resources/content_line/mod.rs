//! The lines that vCard and iCalendar are written in, which both RFCs define alike (RFC 6350 §3.2–3.4, RFC 5545 §3.1): what
//! kinds of such records share. Pure: may import json, problem, `shape`.

mod fault;
pub mod open;
mod property;
mod read;
mod write;

pub use fault::Fault;
pub use property::{Property, escaped, split, unescaped};
pub use read::{Source, head_and_value, is_token, one_line, param_value, physical, split_unquoted};
pub use write::{Form, carets, line};
