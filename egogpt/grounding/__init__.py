"""Is a generated sentence entailed by its sources?"""
