//! From the table of endpoints to routes: grouped by path, so that another method is 405 and another path 404, and paths by how they
//! begin, so that a request is held against those of its own kind alone: actix-web tries one pattern after the other.
//! May import `resources` and what stands left of it.

pub mod openapi;
pub mod operations;
pub mod paths;

use std::collections::BTreeMap;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Resource, Scope};

use crate::access::gate::anonymous;
use crate::problem::{Code, Problem};
use crate::resources::{self, endpoint::Endpoint};

/// How many words of a path name what it is of: `/v1.0/me/contacts`.
const WORDS: usize = 3;
/// The size of a picture in a path of the table, ...
const SIZE: &str = "{W}x{H}";
/// ... and what is one: a photo's id that has an `x` in it is an id.
const SIZE_PATTERN: &str = "{W:[0-9]+}x{H:[0-9]+}";

/// Registers every endpoint.
pub fn routes(config: &mut ServiceConfig) {
    let mut places: BTreeMap<&'static str, Vec<Resource>> = BTreeMap::new();
    for (path, endpoints) in by_path() {
        let (place, rest) = placed(path);
        places.entry(place).or_default().push(resource(rest, &endpoints));
    }
    // The longest first: `/v1.0/me` begins all of `/v1.0/me/contacts`.
    for (place, resources) in places.into_iter().rev() {
        config.service(resources.into_iter().fold(web::scope(place), Scope::service));
    }
    config.default_service(web::to(not_found).wrap(from_fn(anonymous)));
}

/// A path's first words, as far as they are none of a client's, and the rest.
fn placed(path: &'static str) -> (&'static str, &'static str) {
    let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
    let own = path.find('{').map_or(path.len(), |at| at - 1);
    let end = ends.take(WORDS).filter(|end| *end <= own).last().unwrap_or_default();
    path.split_at(end)
}

/// The path of the table that a request is for, whatever its method.
pub fn path(request: &ServiceRequest) -> Option<String> {
    request.match_pattern().map(|pattern| pattern.replace(SIZE_PATTERN, SIZE))
}

/// One path with all of its methods.
fn resource(path: &str, endpoints: &[Endpoint]) -> Resource {
    let allow = allowed(endpoints);
    let mut resource = web::resource(path.replace(SIZE, SIZE_PATTERN));
    for endpoint in endpoints {
        resource = resource.route(endpoint.route(endpoint.method.clone()));
        if endpoint.method == Method::GET {
            resource = resource.route(endpoint.route(Method::HEAD));
        }
    }
    let refuse = web::to(move || {
        let allow = allow.clone();
        async move { Err::<&str, _>(not_allowed(&allow)) }
    });
    resource.default_service(refuse.wrap(from_fn(anonymous)))
}

/// The methods of each path of the table, as `Allow` lists them.
pub fn methods() -> BTreeMap<&'static str, String> {
    by_path().into_iter().map(|(path, endpoints)| (path, allowed(&endpoints))).collect()
}

fn by_path() -> BTreeMap<&'static str, Vec<Endpoint>> {
    let mut by_path: BTreeMap<&'static str, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in resources::all() {
        by_path.entry(endpoint.path).or_default().push(endpoint);
    }
    by_path
}

/// The value of `Allow` for these endpoints of one path.
fn allowed(endpoints: &[Endpoint]) -> String {
    let mut methods: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}

fn not_allowed(allow: &str) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("This path takes {allow}.")).allow(allow)
}

async fn not_found(_: HttpRequest) -> Result<&'static str, Problem> {
    Err(Problem::new(Code::NotFound, "There is nothing at this path; /openapi.json lists what there is."))
}
