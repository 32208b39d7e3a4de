"""Files in; numbers, tables and figures out. Reader, analysis and figure of each file, in chunks over worker processes."""
