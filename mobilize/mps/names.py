"""Names made comparable: the same place or person is written differently from source to source."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def normalise(name: str) -> str:
    """A name without case, accents, ligatures, dashes and apostrophes.

    The rule matches every riding's name between Elections Canada and the House of Commons, which
    differ in `’`, `œ` and the long dash.
    """
    plain = name.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    letters = unicodedata.normalize("NFKD", plain)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", bare.lower()).strip()
