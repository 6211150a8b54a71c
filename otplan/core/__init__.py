"""The frozen values everything else is made of: no input, no output, no decisions."""
