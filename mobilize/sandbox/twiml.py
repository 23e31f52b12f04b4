"""The texts that a TwiML answer asks to send back."""

from xml.etree import ElementTree as ET


def messages_in(twiml: bytes) -> list[str]:
    """The body of every ``<Message>``, in order; an empty answer asks for nothing.

    Raises:
        ValueError: When the answer is no TwiML.
    """
    if not twiml.strip():
        return []
    if b"<!DOCTYPE" in twiml or b"<!ENTITY" in twiml:
        raise ValueError("the answer declares a document type, which TwiML never does")
    try:
        root = ET.fromstring(twiml)  # noqa: S314 - entities were refused above
    except ET.ParseError as error:
        raise ValueError(f"the answer is not XML: {error}") from error
    if root.tag != "Response":
        raise ValueError(f"the answer's root is <{root.tag}>, not <Response>")
    return [_body(message) for message in root.iter("Message")]


def _body(message: ET.Element) -> str:
    parts = message.findall("Body")
    return "".join("".join(part.itertext()) for part in parts or [message]).strip()
