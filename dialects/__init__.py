"""The dialects: `fx torch aten loop tt rt`, one folder each."""
