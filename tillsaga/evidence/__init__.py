"""Evidence for others: what is known of a checkout, in files that prove themselves."""
