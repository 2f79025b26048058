"""How fast networks learn here, beside PyTorch: python -m tests.benchmarks.training"""
