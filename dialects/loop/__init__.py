"""The `loop` dialect: iteration domains, index expressions and scalar bodies."""
