"""The public pages, in English and French: safe to open, light to load, whole without JavaScript."""
