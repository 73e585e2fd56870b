"""Homes of several wearers asked as one."""
