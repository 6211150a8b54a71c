"""From resources and a snapshot to changes with reasons. Pure: values in, values out."""
