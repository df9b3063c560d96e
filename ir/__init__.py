"""What all dialects share: types, symbolic sizes, FX calls, errors, passes, import and export."""
