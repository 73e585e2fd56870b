"""Chinese numerals as patterns: 三, 二十五, 两, 一百零八, 一千二百, 二〇二四, and digits."""

from __future__ import annotations

NUMERAL = "(?:[0-9０-９]{1,4}|[零〇一二两三四五六七八九十百]{1,7})"
# Of things counted, also with thousands and a point: 一万, 2.5; at most a line's length of digits.
AMOUNT = r"(?:\d{1,7}(?:\.\d{1,3})?|[零〇一二两三四五六七八九十百千万]{1,9})"
