"""`python -m emulator` is the same program as `parrotfish`."""

from emulator.cli import main

if __name__ == "__main__":
    main()
