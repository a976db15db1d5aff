//! An original and a rendition, by a token and by an address that needs none, beside nginx that serves the same bytes: on the first core, one
//! server at a time; the load on the last. They take turns.

use serde_json::Value;

use crate::cores::{Core, Fault, on, pin};
use crate::load::{Load, Round, check};
use crate::nginx::Nginx;
use crate::picture::Picture;
use crate::server::{Server, agent, fetch, tokens, upload};

/// Of a JPEG of about 4 MB, ...
const LARGE: (u16, u16) = (4000, 3000);
/// ... and of one whose largest rendition, which has as many pixels, has about 40 KB.
const SMALL: (u16, u16) = (480, 360);
const SIZE: &str = "full";
const ALL: &str = "Photos.ReadWrite Photos.Location.Read";

struct Route {
    name: &'static str,
    path: String,
    token: String,
    /// Of the same bytes by nginx; None: it is nginx.
    beside: Option<usize>,
    /// The part of its requests a second that is aimed at.
    aim: Option<f64>,
    bytes: usize,
    rounds: Vec<Round>,
}

/// Measures, and prints a table.
pub(crate) fn measure(rounds: usize, seconds: u64) -> Result<(), Fault> {
    check()?;
    let sets = ["rate.enabled=false", "limits.token_cache_s=3600"];
    let server = on(Core::First, || Server::start(&sets))?;
    let mut routes = routes(&server)?;
    let files: Vec<_> = routes
        .iter()
        .filter(|route| route.beside.is_none())
        .map(|route| {
            let source =
                routes.iter().find(|ours| ours.beside.is_some() && ours.bytes == route.bytes).ok_or("no bytes")?;
            Ok((route.path.trim_start_matches('/'), fetch(&agent(), &server.url(&source.path), &source.token)?))
        })
        .collect::<Result<_, Fault>>()?;
    let nginx = on(Core::First, || Nginx::start(&files))?;
    pin(Core::Last)?;
    for turn in 0..rounds {
        // There and back, so that no route always follows the same one.
        let mut order: Vec<_> = routes.iter_mut().collect();
        if turn % 2 == 1 {
            order.reverse();
        }
        for route in order {
            eprintln!("round {} of {rounds}: {}", turn + 1, route.name);
            let (process, port) =
                if route.beside.is_some() { (server.id(), server.port) } else { (nginx.id(), nginx.port) };
            route.rounds.push(Load::with(&route.token)?.round(process, port, &route.path, seconds)?);
        }
    }
    print(&routes);
    Ok(())
}

/// Two photos, and the ways to their bytes.
fn routes(server: &Server) -> Result<Vec<Route>, Fault> {
    let [all, plain] = [ALL, "Photos.Read"].map(|scope| tokens(1, scope));
    let (all, plain, agent) = (all?.concat(), plain?.concat(), agent());
    let keep = |pixels| -> Result<String, Fault> {
        let picture = Picture::of(0, pixels)?.with("a remark")?;
        let (status, told) = upload(&agent, &server.url("/v1.0/me/photos"), &all, &picture)?;
        let id = told.get("id").and_then(Value::as_str).ok_or_else(|| format!("upload: {status} {told}"))?;
        Ok(format!("/v1.0/me/photos/{id}"))
    };
    let original = format!("{}/content", keep(LARGE)?);
    let set = format!("{}/thumbnails/0/{SIZE}", keep(SMALL)?);
    let told: Value = serde_json::from_slice(&fetch(&agent, &server.url(&set), &all)?)?;
    let url = told.get("url").and_then(Value::as_str).ok_or("no address")?;
    let sealed = url.find("/v1.0/").and_then(|at| url.get(at..)).ok_or("no path")?;
    let nginx = |name, path: &str| (name, path.to_owned(), String::new(), None, None);
    let routes = [
        nginx("nginx, original", "/original.jpg"),
        nginx("nginx, rendition", "/rendition.jpg"),
        ("original", original.clone(), all.clone(), Some(0), Some(0.6)),
        ("original without what the camera wrote", original, plain, Some(0), None),
        ("rendition, by its address", sealed.to_owned(), String::new(), Some(1), Some(0.5)),
        ("rendition, by a token", format!("{set}/content"), all, Some(1), None),
    ];
    let mut routes: Vec<Route> = routes
        .into_iter()
        .map(|(name, path, token, beside, aim)| Route { name, path, token, beside, aim, bytes: 0, rounds: Vec::new() })
        .collect();
    for route in routes.iter_mut().filter(|route| route.beside.is_some()) {
        route.bytes = fetch(&agent, &server.url(&route.path), &route.token)?.len();
    }
    for at in [0, 1] {
        let ours = routes.iter().find(|route| route.beside == Some(at)).map(|route| route.bytes);
        if let (Some(bytes), Some(theirs)) = (ours, routes.get_mut(at)) {
            theirs.bytes = bytes;
        }
    }
    Ok(routes)
}

/// A line a route: medians of its rounds; ratios are the medians of those to nginx in the same round.
fn print(routes: &[Route]) {
    println!("\n| route | bytes | req/s | p50 ms | p99 ms | ratio to nginx | CPU, µs a request | ratio | aim |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for route in routes {
        let beside = route.beside.and_then(|at| routes.get(at)).unwrap_or(route);
        let of = |figure: fn(&Round) -> f64| median(route.rounds.iter().map(figure));
        let ratio = |ratio: fn(&Round, &Round) -> f64| {
            median(route.rounds.iter().zip(&beside.rounds).map(|(ours, theirs)| ratio(ours, theirs)))
        };
        let rate = ratio(|ours, theirs| ours.wrk.rate / theirs.wrk.rate);
        let aim =
            route.aim.map_or("–".into(), |aim| format!("{aim}: {}", if rate >= aim { "reached" } else { "missed" }));
        println!(
            "| {} | {} | {:.0} | {:.2} | {:.2} | {rate:.2} | {:.0} | {:.2} | {aim} |",
            route.name,
            route.bytes,
            of(|round| round.wrk.rate),
            of(|round| round.wrk.p50_ms),
            of(|round| round.wrk.p99_ms),
            of(|round| round.cpu_us),
            ratio(|ours, theirs| theirs.cpu_us / ours.cpu_us),
        );
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
