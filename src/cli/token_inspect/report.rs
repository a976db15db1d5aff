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
            Self::Theirs => "the authorization server",
            Self::Ours => "this server's operator",
            Self::Clients => "the client",
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
pub(super) struct Report {
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
    pub(super) fn text(&self, all_claims: bool) -> String {
        let mut lines: Vec<String> = self.notes.iter().map(|note| line("!", "note", note)).collect();
        for row in &self.rows {
            let code = row.fault.map(|fault| format!(" [{}]", fault.code())).unwrap_or_default();
            lines.push(line(row.held.mark(), row.name, &format!("{}{code}", row.what)));
            for (place, mend) in row.mends.iter().enumerate() {
                let or = if place > 0 { "or " } else { "" };
                lines.push(line("", "", &format!("-> {or}{}: {}", mend.whose.name(), mend.how)));
            }
        }
        if let Some(opens) = &self.opens {
            let mark = if self.proven { "" } else { "?" };
            lines.extend(opens.lines().into_iter().map(|(name, what)| line(mark, name, &what)));
        }
        if all_claims {
            let mark = if self.proven { "" } else { "?" };
            lines.extend(self.claims.iter().map(|(name, value)| line(mark, "claim", &format!("{name} = {value}"))));
        } else if !self.hidden.is_empty() {
            let hidden = self.hidden.join(", ");
            lines.push(line("", "not shown", &format!("the claims {hidden} (--claims shows them)")));
        }
        lines.push(line("", "not asked", NOT_ASKED));
        let code = self.verdict.code.map(|code| format!(" [{code}]")).unwrap_or_default();
        let verdict = format!("{}{code}: {}", self.verdict.word.to_uppercase(), self.verdict.what);
        lines.push(line("", "verdict", &verdict));
        lines.join("\n")
    }

    /// One object for scripts.
    pub(super) fn json(&self) -> String {
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
