"""What the core client needs and the whole SDK brings ready-made: a model that keeps every member, an error, a page of models.
Written against Kiota's public interfaces alone."""

from dataclasses import dataclass, field
from typing import Any, Optional

from kiota_abstractions.api_error import APIError
from kiota_abstractions.serialization import AdditionalDataHolder, Parsable


@dataclass
class Thing(AdditionalDataHolder, Parsable):
    """Any object, by its members."""

    additional_data: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name):
        return self.additional_data.get(name)

    @staticmethod
    def create_from_discriminator_value(_node):
        return Thing()

    def get_field_deserializers(self):
        return {}

    def serialize(self, writer):
        writer.write_additional_data_value(self.additional_data)


@dataclass
class Page(AdditionalDataHolder, Parsable):
    """A page of a collection, as PageIterator wants it."""

    additional_data: dict[str, Any] = field(default_factory=dict)
    odata_next_link: Optional[str] = None
    odata_delta_link: Optional[str] = None
    value: Optional[list[Thing]] = None

    @staticmethod
    def create_from_discriminator_value(_node):
        return Page()

    def get_field_deserializers(self):
        return {
            "@odata.nextLink": lambda node: setattr(self, "odata_next_link", node.get_str_value()),
            "@odata.deltaLink": lambda node: setattr(self, "odata_delta_link", node.get_str_value()),
            "value": lambda node: setattr(self, "value", node.get_collection_of_object_values(Thing)),
        }

    def serialize(self, writer):
        writer.write_additional_data_value(self.additional_data)


@dataclass
class Fault(APIError, AdditionalDataHolder, Parsable):
    """An error with its body."""

    additional_data: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def create_from_discriminator_value(_node):
        return Fault()

    def get_field_deserializers(self):
        return {}

    def serialize(self, writer):
        writer.write_additional_data_value(self.additional_data)

    @property
    def code(self):
        error = self.additional_data.get("error")
        error = error.additional_data if isinstance(error, AdditionalDataHolder) else error
        return (error or {}).get("code")
