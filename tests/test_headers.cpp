// Holds the precompiled headers of the tests (CMakeLists.txt); has no content of its own.
