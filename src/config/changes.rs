//! What differs between the configuration that a process started with and the one that it reads now, as far as only a restart
//! can take it. May import the rest of `config`.

use super::Config;

/// The keys that differ and need a restart. What a reload takes (keys, trust, TLS, CORS) is not among them.
pub fn need_restart(started: &Config, now: &Config) -> Vec<String> {
    // Every setting is named here, so that a new one is put on one side or the other.
    let Config {
        listen,
        admin_listen,
        public_url,
        data_dir,
        trusted_proxies,
        database,
        blobs,
        users,
        rate,
        server,
        retention,
        owner_page,
        limits,
        keys: _,
        authorization_servers: _,
        cors: _,
        tls,
    } = started;
    let differ = [
        ("listen", *listen != now.listen),
        ("admin_listen", *admin_listen != now.admin_listen),
        ("public_url", *public_url != now.public_url),
        ("data_dir", *data_dir != now.data_dir),
        ("trusted_proxies", *trusted_proxies != now.trusted_proxies),
        ("database", *database != now.database),
        ("blobs", *blobs != now.blobs),
        ("users", *users != now.users),
        // Another certificate is taken; that there is one, or none, is not.
        ("tls", tls.is_some() != now.tls.is_some()),
        ("rate", *rate != now.rate),
        ("server", *server != now.server),
        ("retention", *retention != now.retention),
        ("owner_page", *owner_page != now.owner_page),
    ];
    let limits = limits.entries().zip(now.limits.entries()).filter(|(started, now)| started != now);
    let named = differ.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key.to_owned());
    named.chain(limits.map(|((name, _), _)| format!("limits.{name}"))).collect()
}
