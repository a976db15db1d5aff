//! What an inspection says, one row a step: as lines for people, as one JSON object for scripts.

use serde_json::{Map, Value, json};

use super::opens::Opens;
use super::shown;
use crate::token::Refusal;

/// Whose job it is to mend something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Who runs the authorization server.
    Theirs,
    /// Who runs this server.
    Ours,
    /// Who writes the client.
    Clients,
}

impl Whose {
    const fn name(self) -> &'static str {
        match self {
            Self::Theirs => "the authorization server's operator",
            Self::Ours => "this server's operator",
            Self::Clients => "the client's developer",
        }
    }
}

/// One way to mend a fault.
#[derive(Debug, Clone)]
pub(super) struct Mend {
    pub(super) whose: Whose,
    pub(super) how: String,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It holds.
    Yes,
    /// It looks right, but nobody vouches for it: the signature is not shown to be its issuer's.
    Unproven,
    /// It does not hold.
    No,
    /// It was not reached.
    NotReached,
}

impl Held {
    const fn mark(self) -> &'static str {
        match self {
            Self::Yes => "ok",
            Self::Unproven => "?",
            Self::No => "NO",
            Self::NotReached => "--",
        }
    }
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) held: Held,
    pub(super) fault: Option<Refusal>,
    pub(super) what: String,
    pub(super) mends: Vec<Mend>,
}

/// The end of it.
#[derive(Debug)]
pub(super) struct Verdict {
    /// `let in`, `refused`, `not now`, `not known`.
    pub(super) word: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) what: String,
}

/// Everything that is said.
pub struct Report {
    pub(super) notes: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) opens: Option<Opens>,
    /// The claims that are shown, all or those that tell nothing about a person.
    pub(super) claims: Map<String, Value>,
    /// The names of the others.
    pub(super) hidden: Vec<String>,
    pub(super) proven: bool,
    pub(super) verdict: Verdict,
}

/// What no inspection knows.
const NOT_ASKED: &str = "whether it was revoked, whether the person has an account, and rate limits";

impl Report {
    /// Lines for people. `all_claims`: the claims are listed too.
    pub fn text(&self, all_claims: bool) -> String {
        let mut lines: Vec<String> = self.notes.iter().map(|note| line("!", "note", note)).collect();
        for row in self.rows.iter().filter(|row| row.held != Held::NotReached) {
            let code = row.fault.map(|fault| format!(" [{}]", fault.code())).unwrap_or_default();
            lines.push(line(row.held.mark(), row.name, &format!("{}{code}", row.what)));
            for (place, mend) in row.mends.iter().enumerate() {
                let or = if place > 0 { "or " } else { "" };
                lines.push(line("", "", &format!("-> {or}{}: {}", mend.whose.name(), mend.how)));
            }
        }
        let not_reached = self.rows.iter().filter(|row| row.held == Held::NotReached).map(|row| row.name);
        let not_reached: Vec<&str> = not_reached.collect();
        if !not_reached.is_empty() {
            lines.push(line(Held::NotReached.mark(), "not reached", &not_reached.join(", ")));
        }
        lines.extend(self.contents(all_claims));
        lines.push(line("", "not asked", NOT_ASKED));
        let code = self.verdict.code.map(|code| format!(" [{code}]")).unwrap_or_default();
        let verdict = format!("{}{code}: {}", self.verdict.word.to_uppercase(), self.verdict.what);
        lines.push(line("", "verdict", &verdict));
        lines.join("\n")
    }

    /// What the token says and opens; marked as nobody's word if no signature vouches for it.
    fn contents(&self, all_claims: bool) -> Vec<String> {
        let mark = if self.proven { "" } else { Held::Unproven.mark() };
        let opens = self.opens.iter().flat_map(|opens| opens.lines(self.verdict.word == "let in"));
        let mut lines: Vec<String> = opens.map(|(name, what)| line(mark, name, &what)).collect();
        if all_claims {
            let claim = |(name, value): (&String, &Value)| {
                line(mark, "claim", &format!("{} = {}", shown::short(name), shown::short(&value.to_string())))
            };
            lines.extend(self.claims.iter().map(claim));
        }
        if !self.hidden.is_empty() {
            let hidden: Vec<String> = self.hidden.iter().take(50).map(|name| shown::short(name)).collect();
            lines.push(line("", "not shown", &format!("the claims {} (--claims shows them)", hidden.join(", "))));
        }
        lines
    }

    /// One object for scripts.
    pub fn json(&self) -> String {
        let mend = |mend: &Mend| json!({"who": mend.whose.name(), "how": mend.how});
        let step = |row: &Row| {
            json!({
                "name": row.name,
                "held": match row.held { Held::Yes | Held::Unproven => json!(true), Held::No => json!(false), Held::NotReached => json!(null) },
                "proven": row.held == Held::Yes,
                "code": row.fault.map(Refusal::code),
                "message": row.what,
                "mend": row.mends.iter().map(mend).collect::<Vec<_>>(),
            })
        };
        shown::json(&json!({
            "verdict": self.verdict.word,
            "code": self.verdict.code,
            "message": self.verdict.what,
            "notes": self.notes,
            "steps": self.rows.iter().map(step).collect::<Vec<_>>(),
            "opens": self.opens.as_ref().map(Opens::json),
            "claims": self.claims,
            "claimsProven": self.proven,
            "claimsNotShown": self.hidden,
            "notAsked": NOT_ASKED,
        }))
    }
}

/// One line: mark, name, what. Whatever is in it, it stays one line.
fn line(mark: &str, name: &str, what: &str) -> String {
    shown::safe(&format!("{mark:<3} {name:<12} {what}")).trim_end().to_owned()
}
