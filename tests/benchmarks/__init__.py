"""Speed and memory, measured side by side in one run. Benchmarks report; tests never assert wall time."""
