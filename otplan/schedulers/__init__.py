"""Where jobs run: one module a scheduler, behind the Protocol, and the table that names them."""
