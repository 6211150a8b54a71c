"""The project's own tables: one module a catalog, behind the Protocol, and the table of them."""
