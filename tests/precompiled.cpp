// The target of the headers that are compiled once for all tests; its main() is GoogleTest's.
