#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| facegate_fuzz::console::run(data));
