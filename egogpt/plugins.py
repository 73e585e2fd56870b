"""Registries that other distributions can add to, for the packages above ``kernels``."""

from kernels.plugins import PluginError, Registry, build_all, plugins

__all__ = ["PluginError", "Registry", "build_all", "plugins"]
