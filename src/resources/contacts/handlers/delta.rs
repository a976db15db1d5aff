//! `GET /v1.0/me/contacts/delta`, of everything or of a folder: rounds of what changed.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Grant, Read};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::accept;
use crate::resources::collection;
use crate::resources::collection::{Collections, Links, Listing, Round, answer, asked, lost};
use crate::resources::contacts::Contacts;
use crate::resources::contacts::folders::{self, Folders};
use crate::resources::contacts::model::View;
use crate::resources::contacts::queries::{self, Change, Changed};
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store};

/// The options of a round.
pub const DELTA_OPTIONS: &[&str] = &["$select", "$top", "$skiptoken", "$deltatoken"];

/// `GET /v1.0/me/contacts/delta`
pub async fn delta(
    grant: Grant<Contacts, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    round(&grant, &store, &collections, &request, None).await
}

/// `GET /v1.0/me/contactFolders/{folder}/contacts/delta`
pub async fn delta_of_folder(
    grant: Grant<Folders, Read>,
    store: Data<Store>,
    collections: Data<Collections>,
    folder: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (grant, folder) = (folders::contacts_of(&grant)?, collection::id(&folder)?);
    round(&grant, &store, &collections, &request, Some(folder)).await
}

async fn round(
    grant: &Grant<Contacts, Read>,
    store: &Store,
    collections: &Collections,
    request: &HttpRequest,
    folder: Option<Uid>,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let options = Options::parse(request.query_string(), DELTA_OPTIONS)?;
    let view = View::of(grant, &options)?;
    let page = asked(&options, request.headers(), collections)?;
    let links = Links::new(collections, request.path(), &options, &view.whose(grant));
    let round = Round::asked(&options, &links, store.now())?;
    let size = usize::try_from(page.size).unwrap_or(1);
    let at = round.clone();
    let query = move |on: &mut Owned<'_, Contacts, Read>| {
        if let Some(folder) = folder {
            queries::folder_is_there(on, folder)?;
        }
        // Before the changes: all up to this one are committed, and later ones are for the next round.
        let stretch = at.stretch(on.seq()?).ok_or_else(|| Halt::Refused(lost()))?;
        let (changes, place) = queries::changes(on, folder, stretch, size)?;
        on.gave(changes.len());
        Ok::<_, Halt<Problem>>((stretch, changes, place))
    };
    let (stretch, changes, place) = store.read(grant, query).await?;
    let (member, link) = round.link(&links, stretch, place)?;
    Ok(answer(listed(&changes, &view)?.end(Some((member, &link))), page.preferred))
}

fn listed(changes: &[Changed], view: &View) -> Result<Listing, Problem> {
    let room = |change: &Changed| match &change.change {
        Change::Here(row) => row.projection.len() + 320,
        _ => 100,
    };
    let mut listing = Listing::new(None, changes.iter().map(room).sum());
    for Changed { item, change, .. } in changes {
        match change {
            Change::Here(row) => view.write(listing.item(), row)?,
            Change::Deleted => listing.removed(*item, "deleted"),
            Change::Left => listing.removed(*item, "changed"),
        }
    }
    Ok(listing)
}
