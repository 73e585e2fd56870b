"""A typed grammar over tokens: patterns of a table, rules of composition, a chart parser."""
