#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tlscope::inventory::sources::fuzz::source(data));
