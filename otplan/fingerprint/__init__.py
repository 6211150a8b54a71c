"""What would be made, as a hash: fingerprints, submission digests, tokens and job names. Pure."""
