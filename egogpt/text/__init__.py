"""Words of a text: tokens, stems, lemmas, numerals, sanitising; English and Chinese."""
