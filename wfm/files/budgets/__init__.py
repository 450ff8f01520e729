"""Budget files: TOML and workbooks to a Budget and back; what was actual beside it."""
