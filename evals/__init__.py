"""The evals: labelled questions, what is scored on them, and the benchmarks."""
