"""Order and cycles of anything that has parents. Pure, and never recursive: chains are long."""
