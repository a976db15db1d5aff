//! `token mint --file`: the tokens of the example get their answers from `demo`, and what is wrong with a file is named.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;

use super::inspecting::{inspect, text};
use super::{AUDIENCE, fine, refused, sharehold};
use crate::support::house::{House, ISSUER};
use crate::support::process::{Connection, PATIENCE};

const EXAMPLE: &str = "fixtures/scripts/tokens.yaml";

/// A demonstration in a folder; it ends with the test.
struct Demo(Child);

impl Demo {
    fn start(folder: &Path) -> (Self, SocketAddr) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sharehold"));
        command.current_dir(folder).env_clear().args(["demo", "--listen", "127.0.0.1:0"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut demo = Self(child.expect("the demo starts"));
        let (sender, lines) = mpsc::channel();
        let out = demo.0.stdout.take().expect("stdout");
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        loop {
            // It makes two key pairs first, without optimisation.
            let line = lines.recv_timeout(3 * PATIENCE).expect("it is ready in time");
            if let Some(address) = line.strip_prefix("ready http://") {
                return (demo, address.parse().expect("an address"));
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn example(folder: &Path) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLE)).expect("the example");
    fs::create_dir_all(folder.join("fixtures/scripts")).expect("a folder");
    fs::write(folder.join(EXAMPLE), text).expect("written");
}

/// Name and token of each line.
fn variables(text: &str) -> Vec<(String, String)> {
    text.lines()
        .map(|line| {
            let (name, token) = line.split_once('=').expect("NAME=TOKEN");
            (name.to_owned(), token.to_owned())
        })
        .collect()
}

#[test]
fn the_example_works_against_the_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    example(folder.path());
    let (_demo, address) = Demo::start(folder.path());
    let audience = format!("http://{address}");
    let arguments = ["token", "mint", "--file", EXAMPLE, "--out", "tokens.env", "--audience", &audience];
    fine(&sharehold(folder.path(), &arguments));
    let made = folder.path().join("tokens.env");
    assert_eq!(fs::metadata(&made).expect("a file").permissions().mode() & 0o777, 0o600);
    let expected = [
        ("ANN", 200),
        ("ANN_BIRTHDAY", 200),
        ("ANN_WITHOUT_SCOPE", 403),
        ("DAMAGED", 401),
        ("EXPIRED", 401),
        ("NOBODY", 403),
        ("NOT_YET_VALID", 401),
        ("UNENCRYPTED", 401),
        ("WRONG_AUDIENCE", 401),
        ("WRONG_ISSUER", 401),
        ("bob_site_read", 200),
        ("bob_site_write", 200),
    ];
    let tokens = variables(&fs::read_to_string(&made).expect("a file"));
    let answered = tokens.iter().map(|(name, token)| {
        let mut connection = Connection::to(address);
        connection.send(&format!(
            "GET /v1.0/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        ));
        (name.as_str(), connection.answer().0)
    });
    assert_eq!(answered.collect::<Vec<_>>(), expected);
}

/// What `token mint --file` says of `file` in `house`, where the flags name authority and recipient.
fn many(house: &House, file: &str, more: &[&str]) -> std::process::Output {
    house.write("many.yaml", file, 0o644);
    let common = ["token", "mint", "--file", "many.yaml", "--authority", "authority", "--for", "keys/certificate.pem"];
    let place = ["--issuer", ISSUER, "--audience", AUDIENCE];
    sharehold(&house.folder(), &[&common[..], &place, more].concat())
}

const TWO: &str = "people: {ann: {sub: a-1, claims: {email: a@b.example}}}\nclients: {site: {}}\n\
    tokens: {A: {person: ann, scope: User.Read, lifetime_s: 60}, B: {claims: {jti: null}}}\n";

#[test]
fn tokens_say_what_the_file_says_in_both_formats() {
    let house = House::new();
    let as_lines = variables(&fine(&many(&house, TWO, &[])));
    let as_json: Value = serde_json::from_str(&fine(&many(&house, TWO, &["--format", "json"]))).expect("JSON");
    let names: Vec<&String> = as_json.as_object().expect("an object").keys().collect();
    assert_eq!(names, as_lines.iter().map(|(name, _)| name).collect::<Vec<_>>());
    let look = |token: &str| {
        let more = ["--config", "sharehold.toml", "--claims", "--json"];
        let output = inspect(&house.folder(), token, &more);
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let first = look(&as_lines[0].1);
    let claims = &first["claims"];
    assert_eq!(
        (&claims["sub"], &claims["email"], &claims["client_id"]),
        (&"a-1".into(), &"a@b.example".into(), &"site".into())
    );
    assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(60));
    assert_eq!(first["verdict"], "let in");
    let second = look(&as_lines[1].1);
    assert_eq!(
        (&second["claims"]["sub"], &second["code"]),
        (&"site".into(), &"claim_missing".into()),
        "nobody's, no jti"
    );
    // JSON is YAML.
    let json = r#"{"clients": {"site": {}}, "tokens": {"A": {"scope": "User.Read"}}}"#;
    assert!(fine(&many(&house, json, &[])).starts_with("A=eyJ"));
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let house = House::new();
    let out = house.folder().join("out.env");
    fine(&many(&house, TWO, &["--out", "out.env"]));
    let first = fs::read_to_string(&out).expect("a file");
    fine(&many(&house, TWO, &["--out", "out.env"]));
    let second = fs::read_to_string(&out).expect("a file");
    assert!(first != second && variables(&second).len() == 2);
    fine(&many(&house, TWO, &["--out", "out.env", "--format", "json"]));
    fine(&many(&house, TWO, &["--out", "out.env"]));
    house.write("out.env", &format!("{second}PASSWORD=secret\n"), 0o644);
    let said = refused(&many(&house, TWO, &["--out", "out.env"]), 1);
    assert!(said.contains("out.env holds something else than tokens"), "{said}");
    assert!(fs::read_to_string(&out).expect("a file").contains("PASSWORD=secret"));
    refused(&many(&house, TWO, &["--out", "none/out.env"]), 1);
    // A link to a device, such as /dev/stdout is one: neither it nor what it leads to is replaced.
    let link = house.folder().join("link");
    std::os::unix::fs::symlink("/dev/null", &link).expect("a link");
    let said = refused(&many(&house, TWO, &["--out", "link"]), 1);
    assert!(said.contains("link is no file"), "{said}");
    assert!(fs::read_link(&link).is_ok_and(|target| target.ends_with("null")));
    let left = fs::read_dir(house.folder()).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    assert_eq!(left.filter(|name| name.to_string_lossy().starts_with('.')).count(), 0, "nothing half-written is left");
}

#[test]
fn what_is_wrong_with_a_file_is_named_with_its_place() {
    let house = House::new();
    let level = |c: u8| format!(", {0}: &{0} [{1}]", c as char, vec![format!("*{}", (c - 1) as char); 8].join(","));
    let levels: String = (b'b'..=b'z').map(level).collect();
    let bomb = format!("people: {{p: {{claims: {{a: &a [x,x,x,x,x,x,x,x]{levels}}}}}}}\n");
    for (file, words) in [
        ("peeple: {}\n", "unknown field `peeple`"),
        ("tokens:\n  A: {scop: x}\n", "unknown field `scop`"),
        ("tokens: {}\ntokens: {}\n", "line 2"),
        ("tokens: {}\n", "names no token"),
        ("clients: {s: {}}\ntokens: {A: {person: nobody}}\n", "tokens.A.person: there is no `nobody`"),
        ("clients: {s: {}, t: {}}\ntokens: {A: {}}\n", "tokens.A: say which `client`"),
        ("clients: {s: {}}\ntokens: {'A;rm -rf': {}}\n", "must be the name of a variable"),
        ("clients: {s: {}}\ntokens: {A: {fault: explode}}\n", "explode"),
        (
            "clients: {s: {}}\npeople: {p: {}}\ntokens: {p_s_r: {}}\nproduct: {scopes: {r: x}}\n",
            "also made by `product`",
        ),
        ("tokens: [", "many.yaml: "),
        (&bomb, "budget breached"),
    ] {
        let said = refused(&many(&house, file, &[]), 1);
        assert!(
            said.contains(words) && said.starts_with("sharehold: many.yaml: ") && said.lines().count() == 1,
            "{said}"
        );
    }
    let without = sharehold(&house.folder(), &["token", "mint", "--file", "none.yaml"]);
    assert!(refused(&without, 1).contains("none.yaml: "));
    house.write("few.yaml", TWO, 0o644);
    let said = refused(&sharehold(&house.folder(), &["token", "mint", "--file", "few.yaml"]), 1);
    assert!(said.contains("few.yaml: `authority` is missing: write it there, or give --authority"), "{said}");
    let both = many(&house, TWO, &["--sub", "ann"]);
    assert_eq!((both.status.code(), text(&both.stdout)), (Some(2), String::new()));
}
