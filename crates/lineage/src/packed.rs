//! Matrices that lie packed: several numbers in one, with scales in tensors of their own. GPTQ, AWQ, compressed-tensors,
//! bitsandbytes, and numbers of 8 bits with scales of blocks or rows.

mod codes;
mod scales;
mod side;

pub(crate) use codes::{Chosen, Codes};
pub(crate) use scales::{Groups, Nested, Placed, Scales, Taken, Zero};
pub(crate) use side::{Reader, Side};

/// How a packed matrix lies in its tensor and in those beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    /// Where the code of each number lies.
    pub(crate) codes: Codes,
    /// What a code is worth.
    pub(crate) scales: Scales,
    /// The numbers of the tensors beside it that it needs.
    pub(crate) needs: Vec<usize>,
}

impl Packed {
    /// Bits of a code; none where codes are numbers of an encoding of their own.
    pub(crate) fn bits(&self) -> Option<u32> {
        match self.codes {
            Codes::Plain(_) => None,
            Codes::Inputs { bits } | Codes::Rows { bits } => Some(bits),
            Codes::Outputs | Codes::Levels(_) => Some(4),
        }
    }

    /// Whether tools that write this form may have moved factors between the matrix and what stands before it.
    pub(crate) fn may_be_moved(&self) -> bool {
        match self.codes {
            Codes::Outputs | Codes::Rows { .. } => true,
            Codes::Plain(_) | Codes::Inputs { .. } | Codes::Levels(_) => false,
        }
    }
}
