"""What a value must look like to stand in the address of a store as it is."""

from __future__ import annotations

# HCL, for the validation of a variable whose name is put in.
URL_SAFE = 'can(regex("^[A-Za-z0-9_-]+$", var.{0}))'
