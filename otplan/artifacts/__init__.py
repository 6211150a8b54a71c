"""What was made: one module a kind of place, behind the Protocol, and the table that names them."""
