"""Allocators: which purchase to make next. One file each."""
