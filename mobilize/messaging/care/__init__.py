"""Texts that look as if somebody told what was done to them: apart from all else, for few eyes."""
