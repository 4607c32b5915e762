"""What is wrong with a page, said while the holder still stands at the counter: see `verdict`."""
