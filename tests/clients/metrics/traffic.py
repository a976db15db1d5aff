"""Requests of every kind, and what the server must have counted of them: exactly that."""

import collections

from processes import send


# Transactions: what is old is taken away at the start, a table each (store/expiry.rs).
STARTED = 9
# Five changes and one account, one after the other; what If-Match stops is not committed.
CHANGED = 6


def bearer(token, **more):
    return {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in more.items()}}


def altered(token):
    """Another letter in the middle of the ciphertext."""
    parts = token.split(".")
    at = len(parts[3]) // 2
    parts[3] = parts[3][:at] + ("B" if parts[3][at] == "A" else "A") + parts[3][at + 1 :]
    return ".".join(parts)


def requests(server):
    """(how often, op, status, method, path, headers, body, result of the token or none)."""
    read, write, other = server.token("User.Read"), server.token("User.ReadWrite"), server.token("Contacts.Read")
    expired = server.token("User.Read", "--claim", "iat=1000", "--claim", "exp=2000")
    etag = send(server.api, "GET", "/v1.0/me", bearer(read))[1]["ETag"]
    me, json = "/v1.0/me", "application/json"
    yield 7, "getMe", 200, "GET", me, bearer(read), None, "opened"
    yield 3, "getMe", 304, "GET", me, bearer(read, If_None_Match=etag), None, "opened"
    yield 2, "getMe", 200, "HEAD", me, bearer(read), None, "opened"
    yield 1, "getMe", 400, "GET", me + "?$nonsense=canary", bearer(read), None, "opened"
    yield 2, "getMe", 401, "GET", me, {}, None, None
    yield 4, "getMe", 401, "GET", me, bearer("canary-junk"), None, "not_compact"
    yield 2, "getMe", 401, "GET", me, bearer(altered(read)), None, "undecryptable"
    yield 2, "getMe", 401, "GET", me, bearer(expired), None, "expired"
    yield 3, "getMe", 403, "GET", me, bearer(other), None, "opened"
    yield 1, "updateMe", 403, "PATCH", me, bearer(read, Content_Type=json), "{}", "opened"
    yield 1, "getMe", 431, "GET", me, bearer("a" * 9000), None, "too_long"
    yield 5, "unmatched", 404, "GET", "/v1.0/canary-path", bearer(read), None, None
    yield 2, "unmatched", 404, "BREW", "/", {}, None, None
    yield 2, "none", 405, "DELETE", me, bearer(read), None, None
    yield 1, "none", 405, "BREW", me, {}, None, None
    yield 4, "updateMe", 200, "PATCH", me, bearer(write, Content_Type=json), '{"city": "Lisbon"}', "opened"
    yield 1, "updateMe", 204, "PATCH", me, bearer(write, Content_Type=json, Prefer="return=minimal"), '{"city": "Rome"}', "opened"
    yield 1, "updateMe", 400, "PATCH", me, bearer(write, Content_Type=json), '{"canary": 1}', "opened"
    yield 1, "updateMe", 412, "PATCH", me, bearer(write, Content_Type=json, If_Match='"canary"'), '{"city": "Rome"}', "opened"
    yield 1, "updateMe", 413, "PATCH", me, bearer(write, Content_Type=json), '"' + "a" * 1100000 + '"', "opened"
    yield 1, "updateMe", 415, "PATCH", me, bearer(write, Content_Type="text/plain"), "{}", "opened"
    yield 2, "getJwks", 200, "GET", "/.well-known/jwks.json", {}, None, None
    yield 1, "none", 414, "GET", "/" + "canary" * 1500, {}, None, None
    yield 2, "none", 431, "GET", me, {"canary": "a" * 17000}, None, None


def expected(counts):
    """What must be counted, series by series; all others of these families are 0."""
    series = collections.Counter()
    for times, op, status, _, _, _, _, result in counts:
        series[f'sharehold_http_requests_total{{op="{op}",status="{status}"}}'] += times
        series[f'sharehold_http_request_duration_seconds_count{{op="{op}"}}'] += times
        if result:
            series[f'sharehold_token_verify_total{{result="{result}"}}'] += times
    series |= {
        'sharehold_authz_denied_total{kind="profile",reason="insufficient_scope"}': 4,
        'sharehold_http_rejected_total{reason="uri_too_long"}': 1,
        'sharehold_http_rejected_total{reason="head_too_large"}': 2,
        'sharehold_http_rejected_total{reason="token_too_long"}': 1,
        'sharehold_http_rejected_total{reason="body_too_large"}': 1,
        # Four good tokens, the altered one, and each of them once: the altered is known to be junk the second time.
        "sharehold_token_cache_misses_total": 5,
        "sharehold_token_cache_hits_total": series['sharehold_token_verify_total{result="opened"}'] + 2 - 4,
        'sharehold_token_verify_seconds_count{stage="queue"}': 5,
        'sharehold_token_verify_seconds_count{stage="decrypt"}': 5,
        'sharehold_token_verify_seconds_count{stage="verify"}': 4,
        # What was read comes on top, a moment later.
        "sharehold_commit_batch_size_sum": STARTED + CHANGED,
        'sharehold_db_query_seconds_count{name="write"}': 6,
        "sharehold_token_cache_entries": 4,
    }
    return series


FAMILIES = ("sharehold_http_requests_total", "sharehold_http_request_duration_seconds_count", "sharehold_token_verify_total",
            "sharehold_authz_denied_total", "sharehold_http_rejected_total", "sharehold_token_cache_", "sharehold_db_errors_total",
            "sharehold_token_verify_seconds_count", "sharehold_commit_batch_size_sum",
            "sharehold_ratelimit_total", 'sharehold_db_query_seconds_count{name="write"',
            "sharehold_http_in_flight", "sharehold_http_connections", "sharehold_token_decrypt_queue", "sharehold_revocations_total")
