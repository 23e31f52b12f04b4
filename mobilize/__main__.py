"""`python -m mobilize` is the `mobilize` command."""

from mobilize.cli import main

if __name__ == "__main__":
    main()
