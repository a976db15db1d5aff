//! What the part of a property before its value says of how its bytes are to be read. Imports nothing of ours.

/// As much of a property as is looked at.
const LOOK: usize = 1024;

/// What a property means for the lines after its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Plain,
    /// A line that ends with `=` goes on in the next.
    Quoted,
    /// A card follows.
    Agent,
}

impl Kind {
    /// Of the property's first line.
    pub fn of(line: &[u8]) -> Self {
        let head = Head::of(line);
        match (head.is_agent(), head.is_quoted_printable()) {
            (true, _) => Self::Agent,
            (_, true) => Self::Quoted,
            _ => Self::Plain,
        }
    }
}

/// The part of a property before its value, unfolded and in capitals, and a little of the value.
#[derive(Debug)]
pub struct Head {
    name: String,
    parameters: Vec<String>,
    value: String,
}

impl Head {
    /// Of the bytes of a property, folded or not.
    pub fn of(property: &[u8]) -> Self {
        let look = property.get(..LOOK).unwrap_or(property);
        let mut text = String::from_utf8_lossy(look).replace("\r\n ", "").replace("\r\n\t", "");
        text.make_ascii_uppercase();
        let (head, value) = split_unquoted(&text);
        let mut quoted = false;
        let mut parts = head.split(|c: char| {
            quoted ^= c == '"';
            c == ';' && !quoted
        });
        let name = parts.next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or(name);
        let parameters = parts.map(|part| part.trim().to_owned()).collect();
        Self { name: name.trim().to_owned(), parameters, value: value.trim_start().to_owned() }
    }

    /// Whether the value is bytes: a picture, a sound, a key.
    pub fn is_binary(&self) -> bool {
        self.encoding().is_some_and(|word| matches!(word, "B" | "BASE64")) || self.value.starts_with("DATA:")
    }

    /// Whether the value is quoted-printable, in which a line that ends with `=` goes on.
    pub fn is_quoted_printable(&self) -> bool {
        self.encoding() == Some("QUOTED-PRINTABLE")
    }

    /// Whether it is the property of vCard 2.1 whose value is the card that follows.
    pub fn is_agent(&self) -> bool {
        self.name == "AGENT" && self.value.trim().is_empty()
    }

    /// The character set that it declares.
    pub fn charset(&self) -> Option<&str> {
        self.parameters.iter().find_map(|part| part.strip_prefix("CHARSET=")).map(|value| value.trim_matches('"'))
    }

    // vCard 2.1 writes the word alone as well.
    fn encoding(&self) -> Option<&str> {
        let bare = |part: &&String| matches!(part.as_str(), "BASE64" | "QUOTED-PRINTABLE");
        let named = self.parameters.iter().find_map(|part| part.strip_prefix("ENCODING="));
        named.or_else(|| self.parameters.iter().find(bare).map(String::as_str))
    }
}

fn split_unquoted(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let colon = text.find(|letter| {
        quoted ^= letter == '"';
        letter == ':' && !quoted
    });
    colon
        .and_then(|at| text.split_at_checked(at))
        .map_or((text, ""), |(head, rest)| (head, rest.get(1..).unwrap_or("")))
}
