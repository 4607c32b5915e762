"""The 37 glyphs of a machine-readable zone and the order in which every lattice holds them."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
"""Latin capitals, Arabic digits and the filler (ICAO Doc 9303 part 3, section 4.3): class `i` is `ALPHABET[i]`."""

BLANK = 37
"""The class after the last glyph: "between two glyphs", as connectionist temporal classification (CTC) needs it."""
