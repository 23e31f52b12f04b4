"""How often Python looks for circles of objects that nothing else refers to.

It does so each time some hundred objects more were made than let go, and then goes through all that
are young; now and then through all there are, the program's own modules and tables among them. A
batch of a thousand letters is ten thousand objects that all live until the batch is gone, without a
circle among them: nearly half of a sender's time went into looking.
"""

import gc
from typing import Final

_YOUNG: Final = 20_000
"""How many objects more are made than let go before it looks: more than a batch has, and not so
many that the circles of a web request or a session would weigh."""
_ROUNDS: Final = 5


def collect_seldom() -> None:
    """To be called by a long-running process once all is loaded: that is not looked at again.

    Source: Python's documentation of `gc.freeze` and `gc.set_threshold`.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _ROUNDS, _ROUNDS)
