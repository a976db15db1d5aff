# syntax=docker/dockerfile:1
# The server alone: one program, the C library that it is linked to, the CA certificates and a health probe. No shell, no package manager.
#
#   docker build -t sharehold .
#   docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp \
#     -v sharehold-data:/data -v "$PWD/deploy:/etc/sharehold:ro" -p 127.0.0.1:8700:8700 sharehold
#
# Keys, trust and configuration are never part of the image: they are mounted at /etc/sharehold, readable by uid 65532.
# Private keys must be 0600 and owned by that uid, or the server refuses to start. docker-compose.yml shows the whole arrangement.
# Only /data is written to.

FROM rust:1.95-slim-bookworm AS build

# make and perl: the feature postgres-tls compiles OpenSSL, for libpq's connections to a database by TLS.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make perl \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /src

# The probe of HEALTHCHECK: `health ADDRESS PATH` ends with 0 if GET PATH answers 200 within 3 s. The image has no shell to ask with.
COPY <<"RUST" /health/health.rs
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

fn ask(address: &str, path: &str) -> std::io::Result<bool> {
    let limit = Some(Duration::from_secs(3));
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(limit)?;
    connection.set_write_timeout(limit)?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    connection.read_exact(&mut status)?;
    Ok(status.starts_with(b"HTTP/1.") && status.ends_with(b" 200"))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [address, path] if ask(address, path).unwrap_or(false) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
RUST

RUN rustc --edition 2024 -O -C panic=abort -C strip=symbols -o /health/health /health/health.rs

COPY . .
# .cargo/config.toml is part of the build: it says how the bundled SQLite is compiled. No path of the build stays in the program.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    RUSTFLAGS="--remap-path-prefix=/src=. --remap-path-prefix=/usr/local/cargo=cargo" \
    cargo build --release --locked --features postgres-tls \
 && install -D -m 0755 -t /rootfs/usr/bin target/release/sharehold /health/health

# What the program is linked to, by its own account, and what it reads of /etc.
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN ldd /rootfs/usr/bin/sharehold /rootfs/usr/bin/health | grep -o '/lib[^ )]*' | sort -u | xargs cp -L --parents -t /rootfs \
 && install -D -m 0644 -t /rootfs/etc/ssl/certs /etc/ssl/certs/ca-certificates.crt \
 && install -d /rootfs/etc/sharehold \
 && echo 'hosts: files dns' > /rootfs/etc/nsswitch.conf \
 && echo 'sharehold:x:65532:65532::/data:/nonexistent' > /rootfs/etc/passwd \
 && echo 'sharehold:x:65532:' > /rootfs/etc/group \
 && install -d -m 1777 /rootfs/tmp \
 && install -d -m 0700 /data

FROM scratch
COPY --from=build /rootfs /
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8700
STOPSIGNAL SIGTERM
# Alive, not ready: an authorization server that is down is no reason to restart this one.
# The admin listener stays on the container's own loopback; a deployment that moves it overrides this line.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/health", "127.0.0.1:8701", "/livez"]
ENTRYPOINT ["/usr/bin/sharehold"]
CMD ["serve", "--config", "/etc/sharehold/sharehold.toml"]
