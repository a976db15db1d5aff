//! The page's files, the settings among them, and the policy that they are served under: made once, from the configuration.

use serde_json::json;
use url::Url;

use crate::config::Config;
use crate::resources::owner_page::PATH;
use crate::resources::static_files::{File, HTML, SCRIPT, STYLE};

/// The page itself.
pub const PAGE: &str = "index.html";
const SETTINGS: &str = "settings.json";

/// What is served.
pub struct OwnerPage {
    /// All files.
    pub files: Vec<File>,
    /// What they may do.
    pub policy: String,
}

impl OwnerPage {
    /// The page that signs people in where `config` says.
    pub fn new(config: &Config) -> Self {
        let script = |name, text: &'static str| File::new(name, SCRIPT, text);
        let files = vec![
            File::new(PAGE, HTML, include_str!("page/index.html")),
            File::new("page.css", STYLE, include_str!("page/page.css")),
            File::new("icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
            script("page.js", include_str!("page/page.js")),
            script("api.js", include_str!("page/api.js")),
            script("sign-in.js", include_str!("page/sign-in.js")),
            script("sites.js", include_str!("page/sites.js")),
            script("uses.js", include_str!("page/uses.js")),
            script("words.js", include_str!("page/words.js")),
            File::new(SETTINGS, "application/json", settings(config)),
        ];
        Self { files, policy: policy(config) }
    }
}

/// What the page has to know: where people sign in, if they can, as which client, and what it calls itself and this server there.
fn settings(config: &Config) -> String {
    let page = config.owner_page.as_ref();
    json!({
        "issuer": page.map(|page| &page.issuer),
        "clientId": page.map(|page| &page.client_id),
        "page": config.link(PATH),
        "resource": config.public_url,
    })
    .to_string()
}

/// What the page may do: run and load what this server sends, ask this server and the authorization server. Its token can go nowhere
/// else, and no text becomes a script.
fn policy(config: &Config) -> String {
    let issuer = config.owner_page.as_ref().and_then(|page| Url::parse(&page.issuer).ok());
    let issuer = issuer.map(|issuer| format!(" {}", issuer.origin().ascii_serialization())).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{issuer}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}
