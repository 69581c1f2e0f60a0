//! Numbers as text without the formatting machinery; headers are full of small ones.

/// A number in decimal digits.
pub(crate) struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    pub(crate) fn new(mut number: u64) -> Self {
        let mut decimal = Self {
            digits: [b'0'; 20],
            start: 20,
        };
        loop {
            decimal.start -= 1;
            decimal.digits[decimal.start] = b"0123456789"[(number % 10) as usize];
            number /= 10;
            if number == 0 {
                return decimal;
            }
        }
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_the_standard_library_writes() {
        for number in [0, 1, 9, 10, 99, 100, 4_294_967_295, u64::MAX] {
            assert_eq!(Decimal::new(number).octets(), number.to_string().as_bytes());
        }
    }
}
