//! From the table of endpoints to routes: grouped by path, so that another method is 405 and another path 404.
//! May import `resources` and what stands left of it.

pub mod openapi;
pub mod ops;
pub mod paths;

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::access::gate::anonymous;
use crate::problem::{Code, Problem};
use crate::resources::{self, endpoint::Endpoint};

/// Registers every endpoint.
pub fn routes(config: &mut ServiceConfig) {
    for (path, endpoints) in by_path() {
        let allow = allowed(&endpoints);
        let mut resource = web::resource(path);
        for endpoint in &endpoints {
            resource = resource.route(endpoint.route(endpoint.method.clone()));
            if endpoint.method == Method::GET {
                resource = resource.route(endpoint.route(Method::HEAD));
            }
        }
        let refuse = web::to(move || {
            let allow = allow.clone();
            async move { Err::<&str, _>(not_allowed(&allow)) }
        });
        config.service(resource.default_service(refuse.wrap(from_fn(anonymous))));
    }
    config.default_service(web::to(not_found).wrap(from_fn(anonymous)));
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
