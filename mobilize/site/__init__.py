"""The public pages, in both languages: safe to open, light to load, whole without JavaScript."""
