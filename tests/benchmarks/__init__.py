"""Figures the lab promises. Each module prints them: python -m tests.benchmarks.NAME"""
