"""The `cpu` dialect: what a CPU kernel needs beside `scf`, `arith`, `math` and `vector`."""
