// Of targets that have precompiled headers and nothing else (CrossfoldModule.cmake).
