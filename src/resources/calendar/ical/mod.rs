//! iCalendar text (RFC 5545): a tree of components, each with its properties, read with bounds and written folded. What the
//! components mean is `record`'s matter. Pure: may import `content_line`.

mod read;
mod write;

use crate::resources::content_line::{Fault, Property, Source};

/// A component: what stands between its BEGIN and END.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Component {
    /// As written; compared without regard to case.
    pub name: String,
    /// Its properties, in their order.
    pub properties: Vec<Property>,
    /// The components within it, in their order.
    pub components: Vec<Component>,
}

impl Component {
    /// An empty one.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Reads the one component that the text is.
    pub fn read(text: &str, source: Source) -> Result<Self, Fault> {
        read::component(text, source)
    }

    /// The text, its lines folded and ended by CRLF.
    pub fn write(&self) -> String {
        let mut out = String::new();
        write::component(&mut out, self);
        out
    }

    /// Whether this is its name.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The first property of a name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.is(name))
    }

    /// The properties of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties.iter().filter(move |property| property.is(name))
    }

    /// The first property's value, without the space around it; '' if it is not there.
    pub fn value(&self, name: &str) -> &str {
        self.property(name).map_or("", |property| property.value.trim())
    }

    /// The first property's text; '' if it is not there.
    pub fn text(&self, name: &str) -> String {
        self.property(name).map(Property::text).unwrap_or_default()
    }

    /// Makes this the value of the first property of the name, which keeps its place and parameters, or takes all of the name out.
    /// `value` is escaped already.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        match (value, self.properties.iter_mut().find(|property| property.is(name))) {
            (Some(value), Some(property)) => property.value = value,
            (Some(value), None) => self.properties.push(Property::new(name, value)),
            (None, _) => self.remove(name),
        }
    }

    /// Puts a property in the place of the first of its name.
    pub fn replace(&mut self, new: Property) {
        match self.properties.iter_mut().find(|property| property.is(&new.name)) {
            Some(property) => *property = new,
            None => self.properties.push(new),
        }
    }

    /// Takes out all properties of the name.
    pub fn remove(&mut self, name: &str) {
        self.properties.retain(|property| !property.is(name));
    }
}
