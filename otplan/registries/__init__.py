"""What was recorded: one module a registry, behind the Protocol, and the table that names them."""
