"""The `torch` dialect: calls as Dynamo records them, before autograd."""
