"""How often a process looks for circles of objects that nothing refers to."""

import subprocess
import sys

_PROGRAM = """
import gc
from mobilize.core.garbage import collect_seldom
collect_seldom()
looked = []
gc.callbacks.append(lambda phase, _info: looked.append(phase))
letters = [{"to": [{"email": str(number)}], "headers": {}} for number in range(2_000)]
print(len(looked))
class Ring:
    living = 0
    def __init__(self):
        self.itself = self
        Ring.living += 1
    def __del__(self):
        Ring.living -= 1
for _ in range(200_000):
    Ring()
print(Ring.living < 100_000)
"""


def test_a_batch_of_letters_is_made_without_a_look_and_circles_are_let_go_all_the_same() -> None:
    # In a process of its own: what it sets holds for the whole of it.
    said = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True)
    assert said.stdout.split() == [b"0", b"True"]
