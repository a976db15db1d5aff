"""What an application does with msgraph-core: requests by Kiota's request information, models, pages, batches."""

import ssl

import httpx
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import ParseNodeFactoryRegistry, SerializationWriterFactoryRegistry
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
from kiota_serialization_text.text_parse_node_factory import TextParseNodeFactory
from msgraph_core import BaseGraphRequestAdapter, GraphClientFactory
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.page_iterator import PageIterator
from thing import Fault, Page, Thing

ANSWER_S = 20
FAULTS = {"4XX": Fault, "5XX": Fault}

for factory in (JsonParseNodeFactory(), TextParseNodeFactory()):
    ParseNodeFactoryRegistry().CONTENT_TYPE_ASSOCIATED_FACTORIES[factory.get_valid_content_type()] = factory
writer_factory = JsonSerializationWriterFactory()
SerializationWriterFactoryRegistry().CONTENT_TYPE_ASSOCIATED_FACTORIES[writer_factory.get_valid_content_type()] = writer_factory


class Token(AccessTokenProvider):
    """One token, for our host."""

    def __init__(self, token, host):
        self.token, self.validator = token, AllowedHostsValidator([host])

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.token if self.validator.is_url_host_valid(uri) else ""

    def get_allowed_hosts_validator(self):
        return self.validator


class Client:
    """A client with one token; `options` are those of its middleware."""

    def __init__(self, url, token, ca, options=None):
        self.base = f"{url}/v1.0"
        trust = ssl.create_default_context(cafile=ca)
        http = httpx.AsyncClient(verify=trust, timeout=ANSWER_S, trust_env=False)
        # What makes an HTTP client Graph's: its middleware. The transport below it is the one that trusts our authority.
        http = GraphClientFactory.create_with_default_middleware(client=http, options=options)
        provider = BaseBearerTokenAuthenticationProvider(Token(token, url.split("://")[1].split(":")[0]))
        self.adapter = BaseGraphRequestAdapter(provider, http_client=http)
        self.adapter.base_url = self.base

    def request(self, method, path, body=None, headers=(), **query):
        request = RequestInformation()
        request.http_method = method
        options = ",".join(f"%24{name}" for name in query)
        request.url_template = "{+baseurl}" + path + (("{&" if "?" in path else "{?") + options + "}" if query else "")
        request.path_parameters = {"baseurl": self.base}
        request.query_parameters = {f"%24{name}": value for name, value in query.items()}
        request.headers.try_add("Accept", "application/json")
        for name, value in dict(headers).items():
            request.headers.try_add(name, value)
        if body is not None:
            request.set_content_from_parsable(self.adapter, "application/json", Thing(body))
        return request

    async def send(self, method, path, body=None, headers=(), **query):
        return await self.adapter.send_async(self.request(method, path, body, headers, **query), Thing, FAULTS)

    async def get(self, path, headers=(), **query):
        return await self.send(Method.GET, path, None, headers, **query)

    async def page(self, path, headers=(), **query):
        return await self.adapter.send_async(self.request(Method.GET, path, None, headers, **query), Page, FAULTS)

    async def page_at(self, link):
        request = RequestInformation(Method.GET)
        request.url = link
        return await self.adapter.send_async(request, Page, FAULTS)

    async def delete(self, path, headers=()):
        await self.adapter.send_no_response_content_async(self.request(Method.DELETE, path, None, headers), FAULTS)

    async def text(self, path):
        request = self.request(Method.GET, path)
        request.headers.clear()
        request.headers.try_add("Accept", "text/plain;q=0.9")
        return await self.adapter.send_primitive_async(request, "int", FAULTS)

    async def bytes(self, path):
        return await self.adapter.send_primitive_async(self.request(Method.GET, path), "bytes", FAULTS)

    async def put_bytes(self, path, content, media):
        request = self.request(Method.PUT, path)
        request.set_stream_content(content, media)
        return await self.adapter.send_async(request, Thing, FAULTS)

    async def all(self, page):
        """Every item, by the SDK's own iterator."""
        items = []
        await PageIterator(page, self.adapter, error_mapping=FAULTS).iterate(lambda item: items.append(item) or True)
        return items

    async def batch(self, requests):
        """[(id, method, path, body, ids that must go before)] to {id: (status, bytes)}. The client gives the bodies that are
        bytes; of a body that is JSON it gives none (Kiota 1.16 reads bytes from strings only)."""
        content = BatchRequestContent()
        for name, method, path, body, after in requests:
            content.add_request(name, BatchRequestItem(self.request(method, path, body), name, list(after)))
        answer = await BatchRequestBuilder(self.adapter, FAULTS).post(content)
        streams = {name: answer.get_response_stream_by_id(name) for name, *_ in requests}
        statuses = answer.get_response_status_codes()
        return {name: (statuses[name], stream.read() if stream else b"") for name, stream in streams.items()}
