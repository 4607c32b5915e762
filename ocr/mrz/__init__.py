"""Reading machine-readable zones (ICAO Doc 9303): finding the lines, reading their glyphs, deciding what they say."""
