"""How the database of the experience store came to be, one module in `versions` for each step."""
