"""The one layout of all our mail: MJML made into HTML that old mail programs show too.

One column of 600 pixels, the system's own letters, no image, nothing asked of another host. It
follows the reader's dark screen, and it says what it is to a screen reader: a title, a language, a
main part and a part about the sender, tables that only lay out marked as such.
"""

import re
from functools import lru_cache
from typing import Final

import css_inline
import mrml

from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language

# A title is read out, and shown on a tab: it tells nobody what the mail is about.
_TITLE: Final[dict[Language, str]] = {"en": "A message for you", "fr": "Un message pour vous"}

_STYLE: Final = """
p { margin: 0 0 16px; }
h1 { margin: 0 0 16px; font-size: 24px; line-height: 31px; font-weight: bold; }
h2 { margin: 24px 0 12px; font-size: 20px; line-height: 27px; font-weight: bold; }
h3, h4, h5, h6 { margin: 20px 0 8px; font-size: 17px; line-height: 26px; font-weight: bold; }
a { color: #0b4f8a; text-decoration: underline; }
ul, ol { margin: 0 0 16px; padding-left: 24px; }
li { margin: 0 0 6px; }
blockquote { margin: 0 0 16px; padding-left: 16px; border-left: 4px solid #c9c9c4; }
hr { margin: 24px 0; border: 0; border-top: 1px solid #c9c9c4; }
table.ask { margin: 8px 0 24px; border-collapse: separate; }
td.ask { border: 2px solid #0b4f8a; border-radius: 6px; background: #0b4f8a; }
td.other { background: #ffffff; }
a.button { display: block; padding: 12px 24px; color: #ffffff; font-size: 18px; line-height: 24px;
  font-weight: bold; text-align: center; text-decoration: none; }
td.other a.button { color: #0b4f8a; }
.sender p { margin: 0 0 12px; }
"""
_IN_PLACE: Final = """<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) { table.ask { width: 100% !important; } }
@media (prefers-color-scheme: dark) {
  body, .paper { background: #16181b !important; background-color: #16181b !important; }
  .letter, .letter table { background: #22252a !important; background-color: #22252a !important; }
  .letter div, .letter p, .letter li, .letter h1, .letter h2, .letter h3, .letter blockquote
    { color: #ececec !important; }
  .sender div, .sender p { color: #c6c6c6 !important; }
  .letter a, .sender a { color: #8fc7ff !important; }
  td.ask { background: #8fc7ff !important; border-color: #8fc7ff !important; }
  .letter td.ask a.button { color: #10243a !important; }
  td.other, .letter td.other { background: #22252a !important; }
  .letter td.other a.button { color: #8fc7ff !important; }
}
</style>"""

_FONT: Final = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Arial, sans-serif"
_MAIN, _SENDER, _END = "<!--main-->", "<!--sender-->", "<!--end-->"
_LANDMARKS: Final = {
    _MAIN: '<div role="main">',
    _SENDER: '</div><div role="contentinfo">',
    _END: "</div>",
}
"""Mail programs drop HTML5's own elements or leave them unstyled; roles hold everywhere."""
_LAYOUT: Final = f"""<mjml lang="{{language}}" dir="ltr"><mj-head>
<mj-title>{{title}}</mj-title>
<mj-attributes><mj-all font-family="{_FONT}" /></mj-attributes>
</mj-head><mj-body background-color="#f4f4f2" css-class="paper">
<mj-raw>{_MAIN}</mj-raw>
<mj-section css-class="letter" background-color="#ffffff" padding="24px 8px 16px"><mj-column>
<mj-text font-size="17px" line-height="26px" color="#1c1c1c">{{body}}</mj-text>
</mj-column></mj-section>
<mj-raw>{_SENDER}</mj-raw>
<mj-section css-class="sender" padding="8px"><mj-column>
<mj-text font-size="14px" line-height="20px" color="#4a4a4a">{{footer}}</mj-text>
</mj-column></mj-section>
<mj-raw>{_END}</mj-raw></mj-body></mjml>"""

_ARTICLE: Final = re.compile(r' (?:role="article"|aria-roledescription="email"|aria-label="[^"]*")')

_BUTTON: Final = (
    '<table role="presentation" border="0" cellpadding="0" cellspacing="0" class="ask"><tr>'
    '<td class="{kind}" align="center" bgcolor="{color}"><a class="button" href="{href}">{words}'
    "</a></td></tr></table>"
)


def button(href: str, words: str, *, first: bool) -> str:
    """A link as a button, in a cell of its own, since old programs pad no link.

    Args:
        href: Where it leads, escaped.
        words: What it says, as HTML.
        first: Whether it is the one ask; others are only outlined.
    """
    kind, color = ("ask", "#0b4f8a") if first else ("ask other", "#ffffff")
    return _BUTTON.format(kind=kind, color=color, href=href, words=words)


@lru_cache(maxsize=64)
def in_layout(fragment: str, footer: str, language: Language) -> str:
    """A fragment as a whole responsive HTML mail, its styles inlined.

    Raises:
        InvalidInput: The layout did not compile, or would ask another host for something.
    """
    source = _LAYOUT.format(language=language, title=_TITLE[language], body=fragment, footer=footer)
    page = mrml.to_html(source, render_options=mrml.RenderOptions(fonts={})).content
    inlined = css_inline.inline(page, extra_css=_STYLE, load_remote_stylesheets=False)
    if "<link" in inlined or "@import" in inlined or "<img" in inlined:
        raise InvalidInput("The message would ask another host for something when it is opened.")
    # What is within an article is no landmark of the page; in a mail nothing else is on the page.
    inlined = _ARTICLE.sub("", inlined)
    for mark, landmark in _LANDMARKS.items():
        inlined = inlined.replace(mark, landmark)
    return inlined.replace("</head>", f"{_IN_PLACE}</head>", 1)
