//! The claim `bit-flip`: one flipped bit in any covered file is found and the file named.

use super::Claim;
use super::tested::Tested;

pub(crate) const CLAIM: Claim = Claim {
    name: "bit-flip",
    promise: "Of at least 500 random single-bit flips over every kind of published file, `daepyo verify` finds each and \
              names exactly the file",
    run: |settings| {
        let test = "bit_flips::a_flipped_bit_is_found_and_its_file_named";
        let variables = &[("DAEPYO_FLIPS", "1500")];
        Tested { name: "bit-flip", package: "daepyo-stage", test, variables }.measure(settings)
    },
};
