"""5G: stations, cells and the structures that carry them."""
