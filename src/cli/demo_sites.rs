//! The client sites of the demonstration: what each may do, and what each does once when it starts, so that the owner's page has
//! something to show. They ask as any site does, by HTTP. May import nothing of ours.

use std::net::SocketAddr;
use std::time::Duration;

use ureq::Agent;

/// A client site.
pub(super) struct Site {
    /// Its client id.
    pub(super) client: &'static str,
    /// The scopes of its token.
    pub(super) scope: &'static str,
    /// What it asks for.
    asks: &'static [&'static str],
}

/// All of them.
pub(super) const SITES: &[Site] = &[
    Site { client: "newsletter.example", scope: "User.Email.Read", asks: &["/v1.0/me"] },
    Site {
        client: "birthday-cards.example",
        scope: "Contacts.ReadBasic",
        asks: &["/v1.0/me/contacts?$select=displayName,birthdayDate"],
    },
    Site {
        client: "address-book.example",
        scope: "User.Read Contacts.Read",
        asks: &["/v1.0/me", "/v1.0/me/contacts?$top=20", "/v1.0/me/contacts?$search=a"],
    },
];

/// A site and its token of one person.
pub(super) type Visit = (&'static Site, String);

const DEADLINE: Duration = Duration::from_secs(5);

/// Lets each site ask what it asks for. A site that is refused stays so: its access may have been taken back in an earlier demonstration.
pub(super) fn visit(address: SocketAddr, visits: &[Visit]) {
    let settings = Agent::config_builder().proxy(None).http_status_as_error(false).timeout_global(Some(DEADLINE));
    let agent = Agent::new_with_config(settings.build());
    for (site, token) in visits {
        for ask in site.asks {
            let request =
                agent.get(format!("http://{address}{ask}")).header("authorization", format!("Bearer {token}"));
            if let Err(fault) = request.call() {
                log::warn!("{} could not ask: {fault}", site.client);
            }
        }
    }
}
