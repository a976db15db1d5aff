// A person's profile by REST, for Android and the JVM, without a library. Call it off the main thread.

import java.net.HttpURLConnection
import java.net.URL

class Refused(val status: Int, val challenge: String, body: String) : Exception("$status: $body")

class Answer(val status: Int, val body: String, val etag: String?)

/** `token(fresh)` gives an access token: the one at hand, or a new one (AppAuth's `performActionWithFreshTokens`) if `fresh`. */
class Sharehold(private val base: String, private val token: (fresh: Boolean) -> String) {
    private val tries = 4

    /** One call. 401: once more with a new token. 429, 503: waits as long as it is told to. */
    fun request(method: String, path: String, json: String? = null, headers: Map<String, String> = emptyMap()): Answer {
        var fresh = false
        for (attempt in 1..tries) {
            val call = open(method, path, json, headers, token(fresh))
            val status = call.responseCode
            when {
                status == 401 && !fresh -> fresh = true
                (status == 429 || status == 503) && attempt < tries ->
                    Thread.sleep(1000L * (call.getHeaderField("Retry-After")?.toLongOrNull() ?: 1L))
                else -> return answer(call, status)
            }
        }
        error("unreachable: the last try answers")
    }

    private fun open(method: String, path: String, json: String?, headers: Map<String, String>, token: String): HttpURLConnection {
        val call = URL(base + path).openConnection() as HttpURLConnection
        call.connectTimeout = 10_000
        call.readTimeout = 20_000
        call.instanceFollowRedirects = false // a token goes to nobody else
        // java.net knows no PATCH off Android: there, use OkHttp, or java.net.http.
        call.requestMethod = method
        headers.forEach(call::setRequestProperty)
        call.setRequestProperty("Authorization", "Bearer $token")
        if (json != null) {
            call.setRequestProperty("Content-Type", "application/json")
            call.doOutput = true
            call.outputStream.use { it.write(json.toByteArray()) }
        }
        return call
    }

    private fun answer(call: HttpURLConnection, status: Int): Answer {
        val body = (if (status < 400) call.inputStream else call.errorStream)?.use { it.readBytes().decodeToString() } ?: ""
        if (status >= 400 && status != 412) throw Refused(status, challenges(call), body)
        return Answer(status, body, call.getHeaderField("ETag"))
    }

    // There are two, and getHeaderField would give the last alone.
    private fun challenges(call: HttpURLConnection) =
        call.headerFields.filterKeys { it.equals("WWW-Authenticate", ignoreCase = true) }.values.flatten().joinToString(", ")

    /** Changes the profile. `decide(profile)` gives the members to change, as JSON; asked again if somebody else was faster (412). */
    fun change(decide: (profile: String) -> String): Answer {
        for (attempt in 1..tries) {
            val profile = request("GET", "/v1.0/me")
            val changed = request("PATCH", "/v1.0/me", decide(profile.body), mapOf("If-Match" to profile.etag!!))
            if (changed.status != 412) return changed
        }
        error("the profile is being changed by others all the time")
    }
}
