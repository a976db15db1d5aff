//! The tokens of a filter into its tree: by recursive descent, one level of the stack a level of the limit.

use super::lexer::{Token, tokens};
use super::value::{comparable, label, value};
use super::{Comparison, Expr, Fault, Field, Kind, Limits, Place, unknown};

/// How deep recursion may go, whatever the operator says.
const MAX_DEPTH: u64 = 64;

/// Reads the whole of `text`.
pub(super) fn parse(text: &str, fields: &'static [Field], limits: Limits) -> Result<Expr, Fault> {
    let mut parser = Parser {
        tokens: &tokens(text)?,
        end: text.len(),
        scope: Scope { fields, item: None },
        terms: limits.terms,
        depth: limits.depth.min(MAX_DEPTH),
        limits,
    };
    let expr = parser.expr()?;
    match parser.tokens.first() {
        None => Ok(expr),
        Some((at, _)) => Err(Fault::new(*at, "Expected `and`, `or` or the end.")),
    }
}

/// What paths mean here: fields of the whole, or of the item that `any` calls by a name.
#[derive(Clone, Copy)]
struct Scope<'a> {
    fields: &'static [Field],
    item: Option<&'a str>,
}

struct Parser<'a> {
    /// What is left.
    tokens: &'a [(usize, Token<'a>)],
    end: usize,
    scope: Scope<'a>,
    terms: u64,
    depth: u64,
    limits: Limits,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.first().map(|(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.first().map_or(self.end, |(at, _)| *at)
    }

    fn next(&mut self) -> Option<&'a Token<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(&first.1)
    }

    /// Takes the next token if it is this.
    fn takes(&mut self, token: &Token<'_>) -> bool {
        let is = self.peek() == Some(token);
        if is {
            self.next();
        }
        is
    }

    fn expect(&mut self, token: &Token<'_>, expected: &str) -> Result<(), Fault> {
        let at = self.at();
        if self.takes(token) { Ok(()) } else { Err(Fault::new(at, format!("Expected {expected}."))) }
    }

    /// Takes the next token if it is this word.
    fn keyword(&mut self, keyword: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        if is {
            self.next();
        }
        is
    }

    fn word(&mut self, expected: &str) -> Result<(usize, &'a str), Fault> {
        let at = self.at();
        match self.next() {
            Some(Token::Word(word)) => Ok((at, word)),
            _ => Err(Fault::new(at, format!("Expected {expected}."))),
        }
    }

    fn term(&mut self, at: usize) -> Result<(), Fault> {
        let many = || Fault::new(at, format!("A filter may have {} tests and values of `in`.", self.limits.terms));
        self.terms = self.terms.checked_sub(1).ok_or_else(many)?;
        Ok(())
    }

    /// What `read` reads, one level deeper.
    fn deeper<T>(&mut self, at: usize, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let most = self.limits.depth.min(MAX_DEPTH);
        let deep = || Fault::new(at, format!("Parentheses, `not` and `any` may be {most} deep."));
        self.depth = self.depth.checked_sub(1).ok_or_else(deep)?;
        let read = read(self)?;
        self.depth += 1;
        Ok(read)
    }

    fn expr(&mut self) -> Result<Expr, Fault> {
        self.chain("or", Self::all, Expr::Any)
    }

    fn all(&mut self) -> Result<Expr, Fault> {
        self.chain("and", Self::unary, Expr::All)
    }

    fn chain(
        &mut self,
        keyword: &str,
        read: fn(&mut Self) -> Result<Expr, Fault>,
        join: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, Fault> {
        let first = read(self)?;
        if !self.keyword(keyword) {
            return Ok(first);
        }
        let mut parts = vec![first, read(self)?];
        while self.keyword(keyword) {
            parts.push(read(self)?);
        }
        // Parentheses around a chain of the same operator change nothing.
        let flat = parts.into_iter().flat_map(|part| match (join(Vec::new()), part) {
            (Expr::All(_), Expr::All(inner)) | (Expr::Any(_), Expr::Any(inner)) => inner,
            (_, other) => vec![other],
        });
        Ok(join(flat.collect()))
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        if self.keyword("not") {
            return Ok(Expr::Not(Box::new(self.deeper(at, Self::unary)?)));
        }
        if self.takes(&Token::Open) {
            let inner = self.deeper(at, Self::expr)?;
            self.expect(&Token::Close, "`)`, `and` or `or`")?;
            return Ok(inner);
        }
        self.test()
    }

    fn test(&mut self) -> Result<Expr, Fault> {
        let (at, first) = self.word("a field, a function, `not` or `(`")?;
        self.term(at)?;
        if self.takes(&Token::Open) {
            return self.holds(at, first);
        }
        let field = self.path(at, first)?;
        if self.takes(&Token::Slash) {
            return self.has(field);
        }
        self.compare(field)
    }

    /// The field whose path begins with `first`; stops before `/any`.
    fn path(&mut self, at: usize, first: &'a str) -> Result<&'static Field, Fault> {
        let mut path = first.to_owned();
        while let [(_, Token::Slash), (_, Token::Word(word)), rest @ ..] = self.tokens {
            if matches!(rest.first(), Some((_, Token::Open))) {
                break;
            }
            self.tokens = rest;
            path.push('/');
            path.push_str(word);
        }
        let name = match self.scope.item {
            None => Some(path.as_str()),
            Some(item) if path.eq_ignore_ascii_case(item) => Some(""),
            Some(item) => {
                path.split_once('/').filter(|(first, _)| first.eq_ignore_ascii_case(item)).map(|(_, rest)| rest)
            }
        };
        let fields = self.scope.fields;
        let found = name.and_then(|name| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)));
        found.ok_or_else(|| match (self.scope.item, name) {
            (Some(item), None) => Fault::new(at, format!("Inside `any`, a path begins with `{item}`.")),
            (Some(item), Some("")) => {
                let member = fields.first().map_or("", |field| field.name);
                Fault::new(at, format!("An item has members: say `{item}/{member}`."))
            }
            _ => unknown(at, name.unwrap_or(&path), fields),
        })
    }

    fn compare(&mut self, field: &'static Field) -> Result<Expr, Fault> {
        let expected = "`eq`, `ne`, `gt`, `ge`, `lt`, `le` or `in`";
        let (at, word) = self.word(expected)?;
        let refused = |taken: &str| Err(Fault::new(at, format!("{} takes {taken} here.", label(field))));
        let comparison = match word.to_ascii_lowercase().as_str() {
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            "in" if comparable(field, Comparison::Equal) => return self.within(field),
            _ if matches!(field.kind, Kind::Collection(_)) => return refused("only `/any(…)`"),
            _ => return refused(expected),
        };
        if !comparable(field, comparison) {
            let any = matches!(field.kind, Kind::Collection(_));
            return refused(if any { "only `/any(…)`" } else { "only `eq`, `ne` and `in`" });
        }
        let at = self.at();
        let value = self.value(field)?;
        let order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if order && value == super::Value::Null {
            return Err(Fault::new(at, "`null` is compared by `eq` and `ne` only."));
        }
        Ok(Expr::Compare(field, comparison, value))
    }

    fn value(&mut self, field: &'static Field) -> Result<super::Value, Fault> {
        let at = self.at();
        let token = self.next().ok_or_else(|| Fault::new(at, "Expected a value."))?;
        value(field, at, token)
    }

    fn within(&mut self, field: &'static Field) -> Result<Expr, Fault> {
        self.expect(&Token::Open, "`(` and the values")?;
        let mut values = vec![self.value(field)?];
        while self.takes(&Token::Comma) {
            self.term(self.at())?;
            values.push(self.value(field)?);
        }
        self.expect(&Token::Close, "`,` or `)`")?;
        Ok(Expr::In(field, values))
    }

    fn holds(&mut self, at: usize, function: &str) -> Result<Expr, Fault> {
        let place = match function.to_ascii_lowercase().as_str() {
            "startswith" => Place::Start,
            "endswith" => Place::End,
            "contains" => Place::Anywhere,
            _ => return Err(Fault::new(at, "The functions are `startswith`, `endswith` and `contains`.")),
        };
        let (at, first) = self.word("a field, then a text")?;
        let field = self.path(at, first)?;
        if let Kind::Collection(members) = field.kind {
            let (name, member) = (field.name, members.first().map_or("", |member| member.name));
            let of_item = if member.is_empty() { "a".to_owned() } else { format!("a/{member}") };
            let function = function.to_ascii_lowercase();
            return Err(Fault::new(at, format!("`{name}` has items: say `{name}/any(a:{function}({of_item},'…'))`.")));
        }
        if field.kind != Kind::Text {
            return Err(Fault::new(at, format!("{} is no text.", label(field))));
        }
        self.expect(&Token::Comma, "`,` and a text")?;
        let at = self.at();
        let super::Value::Text(text) = self.value(field)? else {
            return Err(Fault::new(at, "Expected a text in `'…'`."));
        };
        self.expect(&Token::Close, "`)`")?;
        let holds = Expr::Holds(field, place, text);
        // Graph's clients write the comparison out.
        if !self.keyword("eq") {
            return Ok(holds);
        }
        match self.word("`true` or `false`")? {
            (_, word) if word.eq_ignore_ascii_case("true") => Ok(holds),
            (_, word) if word.eq_ignore_ascii_case("false") => Ok(Expr::Not(Box::new(holds))),
            (at, _) => Err(Fault::new(at, "Expected `true` or `false`.")),
        }
    }

    fn has(&mut self, field: &'static Field) -> Result<Expr, Fault> {
        let at = self.at();
        let Kind::Collection(members) = field.kind else {
            return Err(Fault::new(at, format!("{} has no items: it takes no `/`.", label(field))));
        };
        if !self.keyword("any") {
            return Err(Fault::new(at, format!("After {}, expected `any(x: …)`.", label(field))));
        }
        self.expect(&Token::Open, "`(`")?;
        if self.takes(&Token::Close) {
            return Ok(Expr::Has(field, None));
        }
        let (_, item) = self.word("a name for the item, then `:`")?;
        self.expect(&Token::Colon, "`:`")?;
        let outer = std::mem::replace(&mut self.scope, Scope { fields: members, item: Some(item) });
        let inner = self.deeper(at, Self::expr)?;
        self.scope = outer;
        self.expect(&Token::Close, "`)`, `and` or `or`")?;
        Ok(Expr::Has(field, Some(Box::new(inner))))
    }
}
