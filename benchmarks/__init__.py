"""`make bench`: each figure beside its yardstick, measured in turn in the same run.

Absolute figures move from machine to machine, so what counts is the ratio to a yardstick: a bare
loop in raw SQL that does only what nobody can do without, or a limit. Higher is always better.
"""
