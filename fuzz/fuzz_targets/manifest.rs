#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tlscope::inventory::fuzz::manifest(data));
