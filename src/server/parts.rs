//! The parts of a batch, answered as requests are, without a socket: by an application of the worker's own, of the same routes
//! over the same data, with what is around every request ([`observe`]). It answers no batch: a batch has no batch in it.

use std::rc::Rc;

use actix_http::Request;
use actix_service::{IntoServiceFactory as _, Service as _, ServiceFactory as _};
use actix_web::ResponseError as _;
use actix_web::body::BoxBody;
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use futures_util::FutureExt as _;
use tokio::sync::OnceCell;

use crate::problem::Problem;
use crate::resources::batch::Parts;
use crate::server::{Shared, furnished, observe};

/// What answers them; made when the worker is asked for its first batch.
pub fn parts(shared: &Shared) -> Parts {
    let (shared, made) = (shared.clone(), Rc::new(OnceCell::new()));
    let public_url = shared.surroundings.realm.clone();
    let answer = move |request: Request| {
        let (shared, made) = (shared.clone(), made.clone());
        async move {
            let make = || {
                let app = furnished(&shared).wrap(from_fn(observe::observe::<BoxBody>));
                app.into_factory().new_service(AppConfig::default())
            };
            let Ok(service) = made.get_or_try_init(make).await else {
                return Problem::internal("no application for the parts of a batch").error_response();
            };
            match service.call(request).await {
                Ok(response) => response.map_into_boxed_body().into_parts().1,
                Err(error) => error.error_response(),
            }
        }
        .boxed_local()
    };
    Parts::new(public_url, answer)
}
