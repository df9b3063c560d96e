"""The `rt` dialect: the host program that allocates, launches kernels and calls library operators."""
