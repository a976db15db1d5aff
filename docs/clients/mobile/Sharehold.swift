// A person's profile by REST, for iOS 15 and macOS 12 and newer, without a library.

import Foundation

struct Refused: Error {
    let status: Int
    let challenge: String  // 403: names the scope that would do
    let body: String
}

/// `token(fresh)` gives an access token: the one at hand, or a new one (AppAuth's `performAction`) if `fresh`.
struct Sharehold {
    let base: URL
    let token: (_ fresh: Bool) async throws -> String
    private let tries = 4

    init(base: URL, token: @escaping (_ fresh: Bool) async throws -> String) {
        self.base = base
        self.token = token
    }

    /// One call. 401: once more with a new token. 429, 503: waits as long as it is told to.
    func request(_ method: String, _ path: String, json: Data? = nil, headers: [String: String] = [:]) async throws -> (Data, HTTPURLResponse) {
        var fresh = false
        var attempt = 1
        while true {
            var request = URLRequest(url: base.appendingPathComponent(path), timeoutInterval: 20)
            request.httpMethod = method
            request.httpBody = json
            headers.forEach { request.setValue($1, forHTTPHeaderField: $0) }
            if json != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
            request.setValue("Bearer \(try await token(fresh))", forHTTPHeaderField: "Authorization")
            let (body, response) = try await URLSession.shared.data(for: request)
            let answer = response as! HTTPURLResponse
            if answer.statusCode == 401 && !fresh {
                fresh = true
            } else if [429, 503].contains(answer.statusCode) && attempt < tries {
                let seconds = UInt64(answer.value(forHTTPHeaderField: "Retry-After") ?? "") ?? 1
                try await Task.sleep(nanoseconds: seconds * 1_000_000_000)
            } else if answer.statusCode < 400 || answer.statusCode == 412 {
                return (body, answer)
            } else {
                let challenge = answer.value(forHTTPHeaderField: "WWW-Authenticate") ?? ""
                throw Refused(status: answer.statusCode, challenge: challenge, body: String(decoding: body, as: UTF8.self))
            }
            attempt += 1
        }
    }

    /// Changes the profile. `decide(profile)` gives the members to change; asked again if somebody else was faster (412).
    func change(_ decide: ([String: Any]) throws -> [String: Any]) async throws -> Data {
        for _ in 1...tries {
            let (body, answer) = try await request("GET", "/v1.0/me")
            let profile = try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
            let members = try JSONSerialization.data(withJSONObject: try decide(profile))
            let etag = answer.value(forHTTPHeaderField: "ETag") ?? "*"
            let (changed, result) = try await request("PATCH", "/v1.0/me", json: members, headers: ["If-Match": etag])
            if result.statusCode != 412 { return changed }
        }
        throw Refused(status: 412, challenge: "", body: "the profile is being changed by others all the time")
    }
}
