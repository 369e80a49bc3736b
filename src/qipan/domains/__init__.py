"""Domains: one package per system that the plans name, each with its catalogue, indicators and operations."""
