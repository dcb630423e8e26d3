"""What the fuzzing program reads from libFuzzer."""
