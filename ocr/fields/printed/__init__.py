"""What a travel document prints for people, read beside its machine-readable zone and compared with it."""
