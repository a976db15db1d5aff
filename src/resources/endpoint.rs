//! One row of the table of endpoints: method, path, scopes, handler, and what the document says of it.
//! The same rows are the router, the OpenAPI document and the matrix of the access tests.

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Responder, Route, web};
use utoipa::openapi::{RefOr, Schema};

use crate::access::gate::anonymous;
use crate::access::{Access, Caller, Grant, Kind, Permits, Scope};

/// A schema with its name, made when the document is built.
pub type NamedSchema = fn() -> (String, RefOr<Schema>);

/// What a request or an answer carries.
#[derive(Clone)]
pub enum Content {
    /// Nothing.
    Empty,
    /// JSON of this schema.
    Json(NamedSchema),
    /// Bytes of one of these media types or ranges.
    Media(&'static [&'static str]),
    /// JSON of this schema, or bytes of one of these media types.
    JsonOr(NamedSchema, &'static [&'static str]),
}

impl Content {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

/// What the operations that are about no kind are about: the server itself.
pub const SERVER: &str = "server";

/// One row: an operation of the API.
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path with `{names}`, from the root.
    pub path: &'static str,
    /// Whether it needs a token.
    pub guarded: bool,
    /// Any of these scopes of the token will do; none: whichever it has, or no token is needed.
    pub scopes: &'static [Scope],
    /// Scopes that open nothing here by themselves, and show more beside one of those.
    pub adding: &'static [Scope],
    /// `operationId`.
    pub id: &'static str,
    /// The `operationId` that metrics count it by: that of the same operation by another path, or its own.
    pub counted: &'static str,
    /// What it is about: the name of a kind, or [`SERVER`].
    pub about: &'static str,
    /// Whether the OpenAPI document lists it.
    pub documented: bool,
    /// One line.
    pub summary: &'static str,
    /// `$`-options that it takes.
    pub options: &'static [&'static str],
    /// For an option that takes some fields only: which.
    pub fields: Vec<(&'static str, String)>,
    /// Request headers that it heeds, with what they do.
    pub headers: &'static [(&'static str, &'static str)],
    /// For a `{name}` of the path that is one of a few words: which.
    pub words: &'static [(&'static str, &'static [&'static str])],
    /// The body that it takes.
    pub body: Content,
    /// A body of a media type that has no schema here, to begin from.
    pub examples: &'static [(&'static str, &'static str)],
    /// Answers when all is well.
    pub answers: Vec<(u16, &'static str, Content)>,
    /// Statuses of problems beyond those that every endpoint may answer with.
    pub problems: &'static [u16],
    route: Box<dyn Fn() -> Route + Send + Sync>,
}

/// Arguments of a handler that begin with a caller.
pub trait Admitted {}

impl<B, C> Admitted for (Caller, B, C) {}

/// Arguments of a handler that begin with a grant: what scopes it needs follows from its type and from nothing else.
pub trait Guarded {
    /// The scopes of its grant.
    const SCOPES: &'static [Scope];
    /// The name of its kind.
    const KIND: &'static str;
}

macro_rules! guarded {
    ($($rest:ident),*) => {
        impl<K: Permits<A>, A: Access, $($rest),*> Guarded for (Grant<K, A>, $($rest,)*) {
            const SCOPES: &'static [Scope] = <K as Permits<A>>::SCOPES;
            const KIND: &'static str = <K as Kind>::NAME;
        }
    };
}
guarded!();
guarded!(B);
guarded!(B, C);
guarded!(B, C, D);
guarded!(B, C, D, E);
guarded!(B, C, D, E, F);

impl Endpoint {
    /// An operation on a person's data. A handler whose first argument is not a grant does not compile here:
    /// ```compile_fail,E0631
    /// use actix_web::http::Method;
    /// async fn handler(_: actix_web::HttpRequest) -> &'static str { "" }
    /// sharehold::resources::endpoint::Endpoint::guarded(Method::GET, "/v1.0/me", "getMe", handler);
    /// ```
    pub fn guarded<F, Args>(method: Method, path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + Guarded + 'static,
        F::Output: Responder + 'static,
    {
        let route = Box::new(move || web::to(handler.clone()));
        Self { about: Args::KIND, guarded: true, scopes: Args::SCOPES, ..Self::row(method, path, id, route) }
    }

    /// An operation that takes a valid token of any scopes, and opens nobody's data by itself. A handler whose first argument is
    /// not a [`Caller`] does not compile here.
    pub fn admitted<F, Args>(method: Method, path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + Admitted + 'static,
        F::Output: Responder + 'static,
    {
        let route = Box::new(move || web::to(handler.clone()));
        Self { guarded: true, ..Self::row(method, path, id, route) }
    }

    /// An operation that anyone may call, without a token, paid for by their address: what the server says of itself.
    pub fn public<F, Args>(path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = move || web::to(handler.clone()).wrap(from_fn(anonymous));
        Self::row(Method::GET, path, id, Box::new(route))
    }

    /// An operation on what an address leads to that this server has sealed and given out. Whoever has the address needs no token:
    /// the handler lets them in by what it holds, and has everybody else pay.
    pub fn sealed<F, Args>(path: &'static str, id: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::row(Method::GET, path, id, Box::new(move || web::to(handler.clone())))
    }

    fn row(method: Method, path: &'static str, id: &'static str, route: Box<dyn Fn() -> Route + Send + Sync>) -> Self {
        Self {
            method,
            path,
            guarded: false,
            scopes: &[],
            adding: &[],
            id,
            counted: id,
            about: SERVER,
            documented: true,
            summary: "",
            options: &[],
            fields: Vec::new(),
            headers: &[],
            words: &[],
            body: Content::Empty,
            examples: &[],
            answers: Vec::new(),
            problems: &[],
            route,
        }
    }

    /// Leaves it out of the OpenAPI document: a page for people.
    #[must_use]
    pub fn undocumented(mut self) -> Self {
        self.documented = false;
        self
    }

    /// Is the same operation as `id`, by another path: counted with it, so that paths alone make no more series.
    #[must_use]
    pub fn same_as(mut self, id: &'static str) -> Self {
        self.counted = id;
        self
    }

    /// Sets the scopes that show more.
    #[must_use]
    pub fn adding(mut self, scopes: &'static [Scope]) -> Self {
        self.adding = scopes;
        self
    }

    /// Sets the summary.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Sets the `$`-options.
    #[must_use]
    pub fn options(mut self, options: &'static [&'static str]) -> Self {
        self.options = options;
        self
    }

    /// Says which fields an option takes.
    #[must_use]
    pub fn fields(mut self, option: &'static str, fields: String) -> Self {
        self.fields.push((option, fields));
        self
    }

    /// Sets the request headers.
    #[must_use]
    pub fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// Sets what a `{name}` of the path may be.
    #[must_use]
    pub fn words(mut self, words: &'static [(&'static str, &'static [&'static str])]) -> Self {
        self.words = words;
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Content) -> Self {
        self.body = body;
        self
    }

    /// Sets examples of the body, each with its media type.
    #[must_use]
    pub fn examples(mut self, examples: &'static [(&'static str, &'static str)]) -> Self {
        self.examples = examples;
        self
    }

    /// Adds an answer.
    #[must_use]
    pub fn answers(mut self, status: u16, what: &'static str, content: Content) -> Self {
        self.answers.push((status, what, content));
        self
    }

    /// Sets the further problems.
    #[must_use]
    pub fn problems(mut self, statuses: &'static [u16]) -> Self {
        self.problems = statuses;
        self
    }

    /// A new route to the handler, for `method` (`HEAD` works where `GET` does).
    pub fn route(&self, method: Method) -> Route {
        (self.route)().method(method)
    }
}
