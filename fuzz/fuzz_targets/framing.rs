#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| pointsman_fuzz::framing(octets));
